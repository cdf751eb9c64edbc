package org.isonorm.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.core.loader.DataSetLoader;
import org.deeplearning4j.core.loader.MultiDataSetLoader;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.api.TrainingResult;
import org.deeplearning4j.spark.api.TrainingWorker;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.data.ResidentDataSets;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.jobs.InOrder;
import org.isonorm.spark.jobs.JobRunner;
import org.isonorm.spark.jobs.Jobs;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.run.RunningStatistics;
import org.isonorm.spark.run.WireState;
import org.isonorm.spark.storage.HadoopBroadcast;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.Tuple2;

/**
 * Synchronous parameter averaging under DL4J's own {@link SparkComputationGraph}.
 *
 * <p>Each call of {@code fit} or {@code fitPaths} is one epoch, or one round where {@link #train}
 * makes it. A round broadcasts parameters and velocity as bulk bytes; each worker takes {@code
 * frequency} local steps on the shard its executor keeps; the results are averaged, weighted by
 * examples, in the workers' order. Counters, learning rates and random streams are functions of
 * (seed, epoch, step, worker) alone and all state travels with the broadcast, so a task that Spark
 * repeats, here or on another executor, returns the same bits.
 *
 * <p>With {@code frequency} 1 and layers that treat examples apart (no batch normalization), W
 * workers equal one machine at W times the batch (McDonald et al. 2010; Zinkevich et al. 2010 for
 * larger frequencies). Lives on the driver.
 */
public final class ParameterAveragingMaster
    implements TrainingMaster<TrainingResult, TrainingWorker<TrainingResult>>, AutoCloseable {
  /** Told of every round, on the driver, after the network holds the averaged parameters. */
  @FunctionalInterface
  public interface RoundListener {
    void afterRound(RoundSummary summary);
  }

  private final AveragingSettings settings;
  private final OptimizerSettings optimizer;
  private final LongToDoubleFunction learningRate;
  private final ShardLoader loader;
  private String run = UUID.randomUUID().toString();

  private RoundListener listener = summary -> {};
  private JobRunner jobs = JobRunner.PLAIN;
  private Optional<Order> order = Optional.empty();
  private Progress progress = Progress.START;
  private Optional<ModelState> state = Optional.empty();
  private Averaged done;
  private Resident resident;
  private Broadcast<ReplicaSettings> replicaSettings;
  private RunningStatistics statistics;
  private Exchange exchange;
  private FrozenParameters frozen;
  private Optional<KeptNorms> kept;

  /**
   * The shards of the last data given, cached on their executors.
   *
   * @param source the RDD they were made from
   * @param batches one element a partition, one partition a worker
   * @param sizes what each worker holds, in the order of the workers
   */
  private record Resident(JavaRDD<?> source, JavaRDD<WorkerBatches> batches, List<Size> sizes) {}

  /** One round that is to be trained, in place of an epoch. */
  private record Order(ModelState from, Round round) {}

  /**
   * A round's result.
   *
   * @param model parameters, velocity and average after it
   * @param summary what it cost and reached
   */
  public record Averaged(ModelState model, RoundSummary summary) {}

  /** A worker's number of minibatches and the examples in each. */
  private record Size(int worker, int[] examples) implements Serializable {}

  /** Reads a shard on an executor. */
  @FunctionalInterface
  public interface ShardLoader extends Serializable {
    WorkerBatches load(ShardReference shard, Configuration hadoop) throws IOException;
  }

  /**
   * A master for data given as an RDD of minibatches.
   *
   * @param learningRate the learning rate of each local step, counted from 0 over the whole run
   */
  public ParameterAveragingMaster(
      AveragingSettings settings, OptimizerSettings optimizer, LongToDoubleFunction learningRate) {
    this(
        settings,
        optimizer,
        learningRate,
        (shard, hadoop) -> {
          throw new UnsupportedOperationException("Unsupported data: " + shard);
        });
  }

  /** A master that also reads shards of ingested data sets. */
  public ParameterAveragingMaster(
      AveragingSettings settings,
      OptimizerSettings optimizer,
      LongToDoubleFunction learningRate,
      ShardLoader loader) {
    this.settings = settings;
    this.optimizer = optimizer;
    this.learningRate = learningRate;
    this.loader = loader;
  }

  /** Gives the run a name for the executors' logs, before its first epoch. */
  public void name(String name) {
    run = name + "/" + run;
  }

  /** Tells a listener of every round from now on. */
  public void listen(RoundListener roundListener) {
    listener = roundListener;
  }

  /** Has another one run the jobs from now on. */
  public void runJobsWith(JobRunner runner) {
    jobs = runner;
  }

  /** How many rounds and steps have been trained by {@code fit}. */
  public Progress progress() {
    return progress;
  }

  /** Parameters, velocity and average after the last round of {@code fit}. */
  public Optional<ModelState> state() {
    return state;
  }

  /** Goes on from a state by {@code fit}: the network must hold its parameters already. */
  public void resume(Progress from, ModelState model) {
    progress = from;
    state = Optional.of(model);
  }

  /**
   * Trains one round through the network's own {@code fitPaths}, from a state to the state after
   * it; the network's parameters are neither read nor written.
   *
   * @param shards one {@link ShardReference} a partition; the same RDD every time, so that its
   *     examples stay where they are
   * @throws TrainingDivergedException if a worker's loss or parameters are not finite, or its loss
   *     above the bound
   */
  public Averaged train(
      SparkComputationGraph network, JavaRDD<String> shards, ModelState from, Round round) {
    order = Optional.of(new Order(from, round));
    try {
      network.fitPaths(shards);
      return done;
    } finally {
      order = Optional.empty();
    }
  }

  /**
   * Trains an epoch on minibatches given ready-made: one partition a worker, one element a step.
   */
  @Override
  public void executeTraining(SparkComputationGraph network, JavaRDD<DataSet> data) {
    keepResident(
        data,
        () ->
            data.mapPartitionsWithIndex(
                (worker, dataSets) -> {
                  List<DataSet> list = new ArrayList<>();
                  dataSets.forEachRemaining(list::add);
                  return Collections.<WorkerBatches>singleton(new ResidentDataSets(worker, list))
                      .iterator();
                },
                true));
    train(network);
  }

  /** Trains an epoch on shards of an ingested data set: one {@link ShardReference} a partition. */
  @Override
  public void executeTrainingPaths(
      SparkDl4jMultiLayer layers,
      SparkComputationGraph network,
      JavaRDD<String> shards,
      DataSetLoader dataSetLoader,
      MultiDataSetLoader multiDataSetLoader) {
    if (network == null) {
      throw unsupported("a multi-layer network (use a computation graph)");
    }
    ShardLoader read = loader;
    keepResident(
        shards,
        () -> {
          Broadcast<SerializableConfiguration> hadoop =
              HadoopBroadcast.of(network.getSparkContext());
          return shards.map(path -> read.load(ShardReference.parse(path), hadoop.value().value()));
        });
    train(network);
  }

  private void keepResident(JavaRDD<?> source, Supplier<JavaRDD<WorkerBatches>> cut) {
    if (resident != null && resident.source() == source) {
      return;
    }
    release();
    JavaRDD<WorkerBatches> batches = cut.get().persist(StorageLevel.MEMORY_ONLY());
    List<Size> sizes = new ArrayList<>();
    jobs.run(
        "read the training examples",
        () -> sizes.addAll(batches.map(ParameterAveragingMaster::size).collect()));
    sizes.sort(Comparator.comparingInt(Size::worker));
    for (Size size : sizes) {
      if (size.examples().length == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid training data: worker %d has no examples (give every partition some)",
                size.worker()));
      }
    }
    resident = new Resident(source, batches, sizes);
  }

  private static Size size(WorkerBatches batches) {
    int[] examples = new int[batches.steps()];
    for (int s = 0; s < examples.length; s++) {
      examples[s] = batches.examplesIn(s);
    }
    return new Size(batches.worker(), examples);
  }

  private void train(SparkComputationGraph network) {
    prepare(network.getSparkContext(), network.getNetwork());
    if (order.isPresent()) {
      done = round(network.getSparkContext(), order.get().from(), order.get().round());
    } else {
      epoch(network);
    }
  }

  /** One epoch, or what is left of it: round after round, none reaching into the next. */
  private void epoch(SparkComputationGraph network) {
    ComputationGraph graph = network.getNetwork();
    int steps = resident.sizes().stream().mapToInt(size -> size.examples().length).max().orElse(0);
    while (progress.stepInEpoch() < steps) {
      byte[] parameters = FlatParameters.toBytes(graph.params());
      ModelState from =
          state
              .map(last -> last.withParameters(parameters))
              .orElseGet(
                  () ->
                      settings
                          .slowWeights()
                          .start(
                              ModelState.start(parameters, optimizer.method().hasSecondMoments())));
      Round round = Round.next(progress, settings.frequency(), steps, learningRate);
      Averaged averaged = round(network.getSparkContext(), from, round);
      state = Optional.of(averaged.model());
      FlatParameters.copyFrom(averaged.model().parameters(), graph.params());
      progress = progress.afterRound(round.steps());
      network.setScore(averaged.summary().loss());
      graph.getConfiguration().setIterationCount(Math.toIntExact(progress.step()));
      listener.afterRound(averaged.summary());
    }
    // SparkComputationGraph counts the epoch in the network's configuration.
    progress = progress.nextEpoch();
  }

  private void prepare(JavaSparkContext spark, ComputationGraph graph) {
    if (replicaSettings == null) {
      statistics = RunningStatistics.of(ParameterGroups.of(graph));
      exchange = new Exchange(settings.transport(), statistics, settings.seed());
      frozen = FrozenParameters.of(optimizer.frozen(), graph);
      kept =
          optimizer.fixedNorm()
              ? Optional.of(KeptNorms.of(optimizer.frozen(), graph))
              : Optional.empty();
      replicaSettings =
          spark.broadcast(
              new ReplicaSettings(
                  run,
                  graph.getConfiguration().toJson(),
                  settings.threads(),
                  settings.lossBound(),
                  settings.precision(),
                  optimizer,
                  new SlowWeights.None(),
                  exchange));
    }
  }

  /** Broadcast, local steps, average. */
  private Averaged round(JavaSparkContext spark, ModelState before, Round round) {
    long start = System.nanoTime();
    WireState sent = exchange.toWorkers(before);
    Broadcast<WireState> broadcast = spark.broadcast(sent);
    try {
      Broadcast<ReplicaSettings> replicas = replicaSettings;
      JavaRDD<WorkerUpdate> updates =
          resident
              .batches()
              .map(
                  batches ->
                      Replica.of(replicas.value(), batches.worker())
                          .train(broadcast.value(), round, batches));
      WeightedAverage sum = average(spark, updates, before, round);
      if (sum.failure().isPresent()) {
        throw new TrainingDivergedException(sum.failure().get());
      }
      ModelState after = exchange.after(before, sum.state());
      frozen.restore(before.parameters(), after.parameters());
      // What one worker kept is as long as it was, but for a rounding that would be another here.
      if (resident.batches().getNumPartitions() > 1) {
        kept.ifPresent(norms -> norms.restore(before.parameters(), after.parameters()));
      }
      return new Averaged(
          withSlowWeights(after, before, round),
          new RoundSummary(
              round,
              sum.examples(),
              sum.lossSum(),
              sum.correct(),
              (System.nanoTime() - start) / 1e9,
              sum.computeSeconds(),
              sum.inputSeconds(),
              sent.bytes()));
    } finally {
      broadcast.destroy();
    }
  }

  /** With the average over the steps, where one is kept, and on it where training goes on. */
  private ModelState withSlowWeights(ModelState after, ModelState before, Round round) {
    SlowWeights slow = settings.slowWeights();
    long stepsDone = round.firstStepOfRun() + round.steps();
    byte[] average = slow.next(before.average(), after::parameters, round.steps(), stepsDone);
    ModelState trained =
        slow.areTrainedOn(round.steps(), stepsDone) ? after.withParameters(average) : after;
    return trained.withAverage(average);
  }

  private long examplesIn(Round round) {
    long examples = 0;
    for (Size size : resident.sizes()) {
      int last = Math.min(round.firstStep() + round.steps(), size.examples().length);
      for (int s = round.firstStep(); s < last; s++) {
        examples += size.examples()[s];
      }
    }
    return examples;
  }

  /**
   * Adds the updates up in the workers' order: on the driver as they arrive or, with more workers
   * than one group holds, a group on an executor first.
   */
  private WeightedAverage average(
      JavaSparkContext spark, JavaRDD<WorkerUpdate> updates, ModelState before, Round round) {
    long roundExamples = examplesIn(round);
    int length = before.parameters().length / Float.BYTES;
    boolean secondMoments = before.secondMoments() != null;
    WeightedAverage whole = new WeightedAverage(length, secondMoments, statistics, roundExamples);
    int workers = resident.sizes().size();
    if (workers <= settings.group()) {
      jobs.run(description(round), () -> Jobs.forEachInOrder(spark, updates, whole::add));
      return whole;
    }
    int group = settings.group();
    int groups = (workers + group - 1) / group;
    RunningStatistics layout = statistics;
    JavaRDD<WeightedAverage> parts =
        updates
            .mapToPair(update -> new Tuple2<>(update.worker() / group, update))
            .partitionBy(new HashPartitioner(groups))
            .mapPartitionsWithIndex(
                (number, members) -> {
                  WeightedAverage part =
                      new WeightedAverage(length, secondMoments, layout, roundExamples);
                  InOrder<WorkerUpdate> inOrder = new InOrder<>(part::add);
                  int first = number * group;
                  members.forEachRemaining(
                      member -> inOrder.accept(member._2().worker() - first, member._2()));
                  return Collections.singleton(part).iterator();
                },
                true);
    jobs.run(description(round), () -> Jobs.forEachInOrder(spark, parts, whole::add));
    return whole;
  }

  private static String description(Round round) {
    return String.format(Locale.ROOT, "finish round %d", round.number() + 1);
  }

  /** Frees what the run keeps on the executors. */
  @Override
  public void close() {
    release();
    if (replicaSettings != null) {
      replicaSettings.destroy();
      replicaSettings = null;
    }
  }

  private void release() {
    if (resident == null) {
      return;
    }
    String ended = run;
    Jobs.release(resident.batches(), (Iterator<WorkerBatches> batches) -> Replica.release(ended));
    resident = null;
  }

  @Override
  public void executeTraining(SparkDl4jMultiLayer network, JavaRDD<DataSet> data) {
    throw unsupported("a multi-layer network (use a computation graph)");
  }

  @Override
  public void executeTrainingMDS(SparkComputationGraph network, JavaRDD<MultiDataSet> data) {
    throw unsupported("multi data sets (use data sets)");
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkDl4jMultiLayer network) {
    throw unsupported("DL4J's training workers (a replica on each executor does their work)");
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkComputationGraph network) {
    throw unsupported("DL4J's training workers (a replica on each executor does their work)");
  }

  @Override
  public void addHook(TrainingHook hook) {
    throw unsupported("training hooks (use the round listener)");
  }

  @Override
  public void removeHook(TrainingHook hook) {
    throw unsupported("training hooks (use the round listener)");
  }

  @Override
  public String toJson() {
    throw unsupported("a master as JSON (the run's config.conf holds its settings)");
  }

  @Override
  public String toYaml() {
    throw unsupported("a master as YAML (the run's config.conf holds its settings)");
  }

  @Override
  public void setCollectTrainingStats(boolean collect) {
    if (collect) {
      throw unsupported("DL4J's training statistics (every round's summary holds its times)");
    }
  }

  @Override
  public boolean getIsCollectTrainingStats() {
    return false;
  }

  @Override
  public SparkTrainingStats getTrainingStats() {
    return null;
  }

  @Override
  public void setListeners(Collection<TrainingListener> listeners) {
    refuseListeners(listeners);
  }

  @Override
  public void setListeners(StatsStorageRouter router, Collection<TrainingListener> listeners) {
    refuseListeners(listeners);
  }

  @Override
  public boolean deleteTempFiles(JavaSparkContext spark) {
    return true;
  }

  @Override
  public boolean deleteTempFiles(SparkContext spark) {
    return true;
  }

  private static void refuseListeners(Collection<TrainingListener> listeners) {
    if (listeners != null && !listeners.isEmpty()) {
      throw unsupported("DL4J's training listeners (use the round listener)");
    }
  }

  private static UnsupportedOperationException unsupported(String what) {
    return new UnsupportedOperationException("Unsupported by parameter averaging: " + what);
  }
}
