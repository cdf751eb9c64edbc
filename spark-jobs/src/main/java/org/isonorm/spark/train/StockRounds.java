package org.isonorm.spark.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.storage.HadoopBroadcast;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Epochs of DL4J's own {@link ParameterAveragingTrainingMaster}, as it is: the reference to compare
 * with. Its known faults stay: every round restarts momentum and the learning-rate schedule,
 * averages are unweighted, surplus minibatches are dropped. It tells nobody of its rounds, so that
 * an epoch is one here. Lives on the driver.
 */
final class StockRounds implements Rounds, AutoCloseable {
  private final Recipe recipe;
  private final SparkComputationGraph network;
  private final JavaRDD<WorkerBatches> workers;

  StockRounds(
      JavaSparkContext spark,
      Recipe recipe,
      ComputationGraph graph,
      JavaRDD<String> shards,
      ParameterAveragingMaster.ShardLoader loader) {
    this.recipe = recipe;
    Broadcast<SerializableConfiguration> hadoop = HadoopBroadcast.of(spark);
    this.workers =
        shards
            .map(text -> loader.load(ShardReference.parse(text), hadoop.value().value()))
            .persist(StorageLevel.MEMORY_ONLY());
    this.network = new SparkComputationGraph(spark, graph, master(recipe));
  }

  private static ParameterAveragingTrainingMaster master(Recipe recipe) {
    return new ParameterAveragingTrainingMaster.Builder(recipe.workers(), recipe.workerBatchSize())
        .batchSizePerWorker(recipe.workerBatchSize())
        .averagingFrequency(recipe.config().averaging().frequency())
        .workerPrefetchNumBatches(0)
        .rddTrainingApproach(RDDTrainingApproach.Direct)
        .repartionData(Repartition.Always)
        .rngSeed(recipe.config().run().seed())
        .build();
  }

  /**
   * The network with DL4J's own updater, weight decay as L2, and the schedule it will restart.
   *
   * @throws UnsupportedOperationException if it has dropout
   */
  static ComputationGraph graph(Recipe recipe) {
    if (Networks.hasDropout(Networks.configuration(recipe.definition()))) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported: dropout in %s with averaging.engine = dl4j (the fast layers drop nothing in DL4J's step; use averaging.engine = isonorm)",
              recipe.definition().name()));
    }
    long steps = (long) recipe.stepsPerEpoch() * recipe.config().training().epochs();
    return Networks.build(
        recipe.definition(),
        new Nesterovs(
            byIteration(recipe.schedule(), steps), recipe.config().optimizer().momentum()),
        recipe.config().optimizer().weightDecay());
  }

  @Override
  public int frequency() {
    return recipe.stepsPerEpoch();
  }

  @Override
  public boolean isObserved() {
    return false;
  }

  @Override
  public Result train(ModelState from, Progress progress, Round round) {
    ComputationGraph graph = network.getNetwork();
    FlatParameters.copyFrom(from.parameters(), graph.params());
    int epoch = round.epoch();
    long start = System.nanoTime();
    network.fit(workers.flatMap(worker -> dataSets(worker, epoch)));
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!Double.isFinite(network.getScore())) {
      throw new TrainingDivergedException(
          String.format(
              Locale.ROOT,
              "Training diverged: DL4J's score is %s in epoch %d (a lower optimizer.learning-rate or warmup may help)",
              network.getScore(),
              epoch + 1),
          epoch + 1,
          0);
    }
    long examples = workers.map(WorkerBatches::examples).reduce(Integer::sum);
    // What DL4J says it did; it drops surplus minibatches.
    int steps = graph.getIterationCount();
    double rate = recipe.config().optimizer().learningRate();
    return new Result(
        new ModelState(FlatParameters.toBytes(graph.params()), from.velocity()),
        new Progress(epoch, round.firstStep() + round.steps(), steps, steps),
        new RoundSummary(
            new Round(
                round.number(),
                epoch,
                round.firstStep(),
                round.firstStepOfRun(),
                new double[] {rate}),
            examples,
            network.getScore() * examples,
            -1,
            seconds,
            Double.NaN,
            Double.NaN,
            0));
  }

  @Override
  public void close() {
    workers.unpersist(true);
  }

  private static Iterator<DataSet> dataSets(WorkerBatches worker, int epoch) {
    List<DataSet> list = new ArrayList<>();
    for (int s = 0; s < worker.steps(); s++) {
      Batch batch = worker.batch(epoch, s);
      list.add(new DataSet(batch.features(), batch.labels()));
    }
    return Collections.unmodifiableList(list).iterator();
  }

  /** One of our schedules in a form that DL4J can send as JSON: the rates, where they change. */
  private static ISchedule byIteration(LearningRateSchedule schedule, long steps) {
    Map<Integer, Double> rates = new LinkedHashMap<>();
    double before = Double.NaN;
    for (int step = 0; step < steps; step++) {
      double rate = schedule.at(step);
      if (rate != before) {
        rates.put(step, rate);
      }
      before = rate;
    }
    return new MapSchedule(ScheduleType.ITERATION, rates);
  }
}
