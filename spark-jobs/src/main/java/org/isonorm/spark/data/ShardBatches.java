package org.isonorm.spark.data;

import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.BatchMix;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.Shard;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.network.plan.HiddenMix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Minibatches cut from a worker's examples: shuffled anew every epoch, augmented by the seed's
 * streams, normalized and mixed when asked for. Created on executors; stays there.
 */
public final class ShardBatches implements WorkerBatches {
  private static final long serialVersionUID = 1L;

  private final int worker;
  private final Examples examples;
  private final BatchAssembler assembler;
  private final int batchSize;
  private final long seed;

  /**
   * The minibatches of a shard.
   *
   * @param worker the worker's number
   * @param batchSize examples a local step
   * @param seed the run's seed
   */
  public ShardBatches(int worker, Shard shard, BatchAssembler assembler, int batchSize, long seed) {
    this(worker, ResidentExamples.shuffled(shard, seed, worker), assembler, batchSize, seed);
  }

  /** Those of a worker's examples, which have been shuffled; else as above. */
  ShardBatches(int worker, Examples examples, BatchAssembler assembler, int batchSize, long seed) {
    this.worker = worker;
    this.examples = examples;
    this.assembler = assembler;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  @Override
  public int worker() {
    return worker;
  }

  @Override
  public int examples() {
    return examples.size();
  }

  @Override
  public int steps() {
    return steps(examples.size(), batchSize);
  }

  /** The number of minibatches that so many examples make; the last may be smaller. */
  public static int steps(int examples, int batchSize) {
    return (examples + batchSize - 1) / batchSize;
  }

  @Override
  public int examplesIn(int step) {
    return Math.max(0, Math.min(batchSize, examples.size() - step * batchSize));
  }

  @Override
  public Batch batch(int epoch, int step) {
    int count = examplesIn(step);
    Examples.Taken taken = examples.take(epoch, step * batchSize, count);
    float[] features = new float[count * assembler.featuresPerExample()];
    float[] labels = new float[count * assembler.classes()];
    assembler.fill(taken.shard(), taken.rows(), taken.from(), count, seed, epoch, features, labels);
    BatchMix mix = assembler.mix(seed, epoch, worker, step, features, labels);
    return new Batch(
        images(features, count, assembler),
        Nd4j.create(labels, new long[] {count, assembler.classes()}, 'c'),
        hidden(mix),
        dropout(epoch, taken, count),
        true);
  }

  /** A function of seed, epoch and example, as augmentation is: not of the number of workers. */
  private DropoutSeeds dropout(int epoch, Examples.Taken taken, int count) {
    long[] seeds = new long[count];
    for (int i = 0; i < count; i++) {
      long index = taken.shard().indices()[taken.row(i)];
      seeds[i] = RandomStream.DROPOUT.generator(seed, epoch, index).nextLong();
    }
    return new DropoutSeeds(seeds);
  }

  /** What is left to the network: layer 0 of manifold mixup are the images. */
  private static HiddenMix hidden(BatchMix mix) {
    return mix instanceof BatchMix.ManifoldMixup manifold && manifold.layer() > 0
        ? new HiddenMix(manifold.layer(), manifold.lambda(), manifold.partners())
        : null;
  }

  /** Normalized images as the network takes them: [examples, height, width, channels]. */
  static INDArray images(float[] features, int count, BatchAssembler assembler) {
    ImageShape seen = assembler.shape();
    long[] shape = {count, seen.height(), seen.width(), seen.channels()};
    return Nd4j.create(features, shape, 'c').castTo(DataType.FLOAT);
  }
}
