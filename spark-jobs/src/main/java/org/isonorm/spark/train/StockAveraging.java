package org.isonorm.spark.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.Evaluator;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Trains with DL4J's own {@link ParameterAveragingTrainingMaster}, as it is: the reference to
 * compare with. Its known faults stay: every round restarts momentum and the learning-rate
 * schedule, averages are unweighted, surplus minibatches are dropped. Lives on the driver.
 */
final class StockAveraging {
  private final JavaSparkContext spark;
  private final ComputationGraph graph;
  private final JavaRDD<WorkerBatches> workers;
  private final Evaluator validation;
  private final RunFolder folder;
  private final MetricsLog metrics;
  private final ProgressLine lines;
  private final IsonormConfig config;
  private final long start = System.nanoTime();

  StockAveraging(
      JavaSparkContext spark,
      ComputationGraph graph,
      JavaRDD<String> shards,
      ParameterAveragingMaster.ShardLoader loader,
      Evaluator validation,
      RunFolder folder,
      MetricsLog metrics,
      ProgressLine lines,
      IsonormConfig config) {
    this.spark = spark;
    this.graph = graph;
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    this.workers =
        shards
            .map(text -> loader.load(ShardReference.parse(text), hadoop.value()))
            .persist(StorageLevel.MEMORY_ONLY());
    this.validation = validation;
    this.folder = folder;
    this.metrics = metrics;
    this.lines = lines;
    this.config = config;
  }

  /** The network with DL4J's own updater, weight decay as L2, and the schedule it will restart. */
  static ComputationGraph graph(
      NetworkDefinition definition, IsonormConfig config, long stepsPerEpoch) {
    LearningRateSchedule schedule =
        config.optimizer().schedule(stepsPerEpoch, config.training().epochs());
    double momentum = config.optimizer().nesterov() ? config.optimizer().momentum() : 0;
    return Networks.build(
        definition,
        new Nesterovs(byIteration(schedule, stepsPerEpoch * config.training().epochs()), momentum),
        config.optimizer().weightDecay());
  }

  TrainingState train(TrainingState from) throws IOException {
    int workerCount = config.averaging().workers();
    ParameterAveragingTrainingMaster master =
        new ParameterAveragingTrainingMaster.Builder(workerCount, config.workerBatchSize())
            .batchSizePerWorker(config.workerBatchSize())
            .averagingFrequency(config.averaging().frequency())
            .workerPrefetchNumBatches(0)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .repartionData(Repartition.Always)
            .rngSeed(config.run().seed())
            .build();
    SparkComputationGraph network = new SparkComputationGraph(spark, graph, master);
    TrainingState state = from;
    for (int epoch = 0; epoch < config.training().epochs(); epoch++) {
      state = epoch(network, state, epoch);
    }
    workers.unpersist(true);
    return state;
  }

  private TrainingState epoch(SparkComputationGraph network, TrainingState before, int epoch)
      throws IOException {
    long epochStart = System.nanoTime();
    JavaRDD<DataSet> batches = workers.flatMap(worker -> dataSets(worker, epoch));
    network.fit(batches);
    double seconds = (System.nanoTime() - epochStart) / 1e9;
    if (!Double.isFinite(network.getScore())) {
      throw new TrainingDivergedException(
          "Training diverged: DL4J's score is %s in epoch %d (a lower optimizer.learning-rate or warmup may help)"
              .formatted(network.getScore(), epoch + 1),
          epoch + 1,
          0);
    }
    Evaluation evaluation = validation == null ? null : validation.evaluate(graph, "last");
    long examples = workers.map(WorkerBatches::examples).reduce(Integer::sum);
    int steps = graph.getIterationCount();
    Progress progress = new Progress(epoch + 1, 0, steps, steps);
    TrainingState state =
        new TrainingState(
                before.network(),
                before.dataset(),
                before.seed(),
                progress,
                EpochTotals.NONE,
                before.examplesSeen() + examples,
                before.bestEpoch(),
                before.bestAccuracy(),
                before.lastAccuracy(),
                0)
            .afterEpoch(progress, evaluation, (System.nanoTime() - start) / 1e9);
    EpochTotals totals =
        new EpochTotals(
            examples,
            network.getScore() * examples,
            -1,
            config.optimizer().learningRate(),
            seconds,
            Double.NaN,
            Double.NaN);
    metrics.append(
        new MetricsLog.Row(
            "epoch",
            epoch + 1,
            steps,
            steps,
            state.examplesSeen(),
            totals.learningRate(),
            totals.loss(),
            Double.NaN,
            evaluation,
            totals.imagesPerSecond(),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            state.wallClockSeconds()));
    lines.epoch(progress, totals, evaluation);
    Checkpoint checkpoint =
        new Checkpoint(
            graph, null, new byte[Math.toIntExact(graph.numParams() * Float.BYTES)], state);
    if (state.bestEpoch() == epoch + 1) {
      checkpoint.save(folder.bestCheckpoint());
    }
    folder.saveLastCheckpoint(checkpoint);
    return state;
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
