package org.isonorm.spark.data;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.network.plan.DropoutSeeds;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Minibatches given ready-made, as an RDD of {@link DataSet}: one element a local step, in the
 * order given, the same in every epoch.
 */
public record ResidentDataSets(int worker, List<DataSet> dataSets) implements WorkerBatches {
  @Override
  public int examples() {
    return dataSets.stream().mapToInt(DataSet::numExamples).sum();
  }

  @Override
  public int steps() {
    return dataSets.size();
  }

  @Override
  public int examplesIn(int step) {
    return dataSets.get(step).numExamples();
  }

  @Override
  public Batch batch(int epoch, int step) {
    DataSet dataSet = dataSets.get(step);
    long[] seeds = new long[dataSet.numExamples()];
    RandomGenerator random = RandomStream.DROPOUT.generator(worker, epoch, step);
    Arrays.setAll(seeds, i -> random.nextLong());
    return new Batch(
        dataSet.getFeatures(), dataSet.getLabels(), null, new DropoutSeeds(seeds), false);
  }
}
