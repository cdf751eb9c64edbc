package org.isonorm.spark.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.Shard;
import org.isonorm.spark.run.SamplePredictions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The examples one task evaluates: stored order, no augmentation. Created on executors; stays
 * there.
 */
public final class EvaluationBatches implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int worker;
  private final Shard shard;
  private final BatchAssembler assembler;
  private final int batchSize;

  public EvaluationBatches(int worker, Shard shard, BatchAssembler assembler, int batchSize) {
    this.worker = worker;
    this.shard = shard;
    this.assembler = assembler;
    this.batchSize = batchSize;
  }

  public int worker() {
    return worker;
  }

  public int examples() {
    return shard.size();
  }

  public int classes() {
    return assembler.classes();
  }

  public int batchSize() {
    return batchSize;
  }

  /** The images from a row on, at most a batch of them; the caller closes the array. */
  public INDArray features(int from) {
    int count = count(from);
    float[] features = new float[count * assembler.featuresPerExample()];
    float[] labels = new float[count * assembler.classes()];
    int[] rows = IntStream.range(from, from + count).toArray();
    assembler.fillForEvaluation(shard, rows, features, labels);
    return ShardBatches.images(features, count, assembler);
  }

  /** Their labels. */
  public int[] labels(int from) {
    return Arrays.copyOfRange(shard.labels(), from, from + count(from));
  }

  /** The image of a row as it is stored. */
  public SamplePredictions.Picture picture(int row) {
    int bytes = shard.shape().size();
    return new SamplePredictions.Picture(
        shard.positions().from() + row,
        shard.shape(),
        Arrays.copyOfRange(shard.images(), row * bytes, (row + 1) * bytes));
  }

  private int count(int from) {
    return Math.min(batchSize, shard.size() - from);
  }
}
