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
  private final Examples examples;
  private final BatchAssembler assembler;
  private final int batchSize;

  /** Those of a shard. */
  public EvaluationBatches(int worker, Shard shard, BatchAssembler assembler, int batchSize) {
    this(worker, ResidentExamples.stored(shard), assembler, batchSize);
  }

  /** Those of examples in their stored order. */
  public EvaluationBatches(int worker, Examples examples, BatchAssembler assembler, int batchSize) {
    this.worker = worker;
    this.examples = examples;
    this.assembler = assembler;
    this.batchSize = batchSize;
  }

  public int worker() {
    return worker;
  }

  public int examples() {
    return examples.size();
  }

  public int classes() {
    return assembler.classes();
  }

  public int batchSize() {
    return batchSize;
  }

  /** The examples from a place on, at most a batch of them. */
  public Batch batch(int from) {
    int count = Math.min(batchSize, examples.size() - from);
    return new Batch(examples.take(0, from, count), count, assembler);
  }

  /** Examples in their stored order. */
  public record Batch(Examples.Taken taken, int count, BatchAssembler assembler) {
    /** The images; the caller closes the array. */
    public INDArray features() {
      float[] features = new float[count * assembler.featuresPerExample()];
      float[] labels = new float[count * assembler.classes()];
      int[] rows = IntStream.range(0, count).map(taken::row).toArray();
      assembler.fillForEvaluation(taken.shard(), rows, features, labels);
      return ShardBatches.images(features, count, assembler);
    }

    /** Their labels. */
    public int[] labels() {
      return IntStream.range(0, count).map(i -> taken.shard().labels()[taken.row(i)]).toArray();
    }

    /** The image of one of them as it is stored. */
    public SamplePredictions.Picture picture(int i) {
      Shard shard = taken.shard();
      int row = taken.row(i);
      int bytes = shard.shape().size();
      return new SamplePredictions.Picture(
          shard.positions().from() + row,
          shard.shape(),
          Arrays.copyOfRange(shard.images(), row * bytes, (row + 1) * bytes));
    }
  }
}
