package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.NetworkConfig;
import org.isonorm.spark.config.TrainingConfig;
import org.isonorm.spark.data.ExecutorShards;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.Jobs;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.preflight.MemoryDemand;
import org.isonorm.spark.preflight.Preflight;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.NormsLog;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.tensorboard.EventFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains runs that are to be compared, several at a time, and leaves the test split alone. Each
 * leaves a run's folder; one that has a checkpoint goes on from it. For several threads. Lives on
 * the driver.
 */
public final class TrialTraining implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrialTraining.class);

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final int parallelRuns;
  private final String owner = UUID.randomUUID().toString();
  private final Map<DataConfig, TrainingData> data = new ConcurrentHashMap<>();
  private final int slots;

  /**
   * Waits for the cluster.
   *
   * @param parallelRuns runs at a time; 0 for as many as the cluster has room for
   * @param workers task slots that each of them takes
   * @throws IllegalArgumentException if the cluster has too few slots
   */
  public TrialTraining(SparkSession spark, int parallelRuns, int workers) {
    this.spark = spark;
    this.context = new JavaSparkContext(spark.sparkContext());
    this.slots =
        parallelRuns == 0
            ? TaskSlots.all(context, TrainingJob.SLOTS_TIMEOUT_SECONDS)
            : TaskSlots.upTo(context, parallelRuns * workers, TrainingJob.SLOTS_TIMEOUT_SECONDS);
    this.parallelRuns = parallelRuns == 0 ? Math.max(1, slots / workers) : parallelRuns;
    if (this.parallelRuns * workers > slots) {
      throw new IllegalArgumentException(
          "Invalid grid.parallel-trials: %d with %d task slot%s each (%s has %d; must be at most %d, or 0 for that)"
              .formatted(
                  this.parallelRuns,
                  workers,
                  workers == 1 ? "" : "s",
                  context.master(),
                  slots,
                  slots / workers));
    }
  }

  /** Runs at a time. */
  public int parallelRuns() {
    return parallelRuns;
  }

  /**
   * Opens a run's data set and checks what can be before training.
   *
   * @throws IllegalArgumentException in one sentence with the remedy
   */
  public void prepare(IsonormConfig config) throws IOException {
    TrainingData opened = data.get(config.data());
    if (opened == null) {
      opened = TrainingData.open(config.data(), spark);
      data.put(config.data(), opened);
    }
    TrainingJob.checkEngine(config);
    TrainingJob.optimizer(config, TrainingJob.definition(config, opened.manifest()));
    TrainingJob.checkShards(config, opened);
  }

  /**
   * Shows and checks whether the cluster has what prepared runs need.
   *
   * @param configs of all of them
   * @param oneTask whether each trains in one task
   * @param output takes the lines of a table
   * @throws IllegalArgumentException with the numbers and the setting to change, if not
   */
  public void check(Collection<IsonormConfig> configs, boolean oneTask, Consumer<String> output) {
    record Kind(NetworkConfig network, DataConfig data, TrainingConfig training, int workers) {}
    Map<Kind, IsonormConfig> kinds = new LinkedHashMap<>();
    for (IsonormConfig config : configs) {
      kinds.put(
          new Kind(
              config.network(), config.data(), config.training(), config.averaging().workers()),
          config);
    }
    MemoryDemand most = new MemoryDemand(0, 0, 0, 0, 0);
    int workers = 1;
    for (IsonormConfig config : kinds.values()) {
      TrainingData trainingData = data.get(config.data());
      NetworkDefinition definition = TrainingJob.definition(config, trainingData.manifest());
      most =
          most.or(
              oneTask
                  ? MemoryDemand.ofTrial(config, definition, trainingData)
                  : MemoryDemand.ofAveraging(config, definition, trainingData));
      workers = oneTask ? 1 : Math.max(workers, config.averaging().workers());
    }
    Preflight.run(
        context,
        slots,
        new Preflight.Needs(
            parallelRuns * workers,
            "grid.parallel-trials x workers",
            threads(configs.iterator().next()),
            most),
        output);
  }

  /** What this driver and its cluster are: the contents of environment.json. */
  public Map<String, Object> environment(long seed) {
    return Environment.describe(context, slots, seed);
  }

  /**
   * Trains a prepared run whole in one Spark task: one worker at the global batch size.
   *
   * @param folder the run's folder; what it holds is gone on from if it has a checkpoint, else
   *     replaced
   * @param epochs epochs after which to stop
   * @throws TrainingDivergedException if it diverged; the folder holds the epochs before
   * @throws TrainingFailedException if it failed on its executor
   */
  public void inOneTask(IsonormConfig config, Path folder, int epochs) throws IOException {
    TrainingData trainingData = data.get(config.data());
    RunFolder run = new RunFolder(folder);
    LocalTraining.State from = state(run);
    if (from == null) {
      discard(folder);
    }
    LocalTraining training =
        new LocalTraining(
            owner,
            config.render(),
            trainingData.folder(),
            trainingData.manifest(),
            trainingData.training(),
            trainingData.validation(),
            threads(config),
            epochs,
            from);
    SerializableConfiguration hadoop = new SerializableConfiguration(context.hadoopConfiguration());
    // A task must stay small; the state it goes on from may not be.
    Broadcast<LocalTraining> broadcast = context.broadcast(training);
    LocalTraining.Result result;
    try {
      result =
          context
              .parallelize(List.of(folder.toString()), 1)
              .map(ignored -> broadcast.value().run(hadoop.value()))
              .first();
    } finally {
      broadcast.destroy();
    }
    write(run, config, training, result);
    if (result.failure() != null) {
      throw new TrainingFailedException(result.failure(), result.trace());
    }
    if (result.divergence() != null) {
      throw new TrainingDivergedException(result.divergence());
    }
  }

  /**
   * Trains a prepared run by parameter averaging, as the configuration says.
   *
   * @param folder as above
   * @param epochs epochs after which to stop
   * @param output takes the progress lines
   * @throws TrainingDivergedException if it diverged; the folder holds the epochs before
   */
  public void dataParallel(IsonormConfig config, Path folder, int epochs, Consumer<String> output)
      throws IOException {
    if (!new RunFolder(folder).hasLastCheckpoint()) {
      discard(folder);
    }
    TrainingJob.trainOnly(config, folder, epochs, spark, parallelRuns, output);
  }

  /** Whether Spark has stopped, so that nothing can be trained any more. */
  public boolean hasStopped() {
    return context.sc().isStopped();
  }

  /**
   * Evaluates a trial's best epoch on the test split.
   *
   * @param folder the folder of a run that trained all its epochs
   */
  public Evaluation test(IsonormConfig config, Path folder) throws IOException {
    return EvaluationJob.run(
        new RunFolder(folder).bestCheckpoint(),
        data.get(config.data()).folder(),
        EvaluationJob.Examples.TEST,
        config.data().validationExamples(),
        config.training().evaluationBatchSize(),
        spark);
  }

  /** Empties a run's folder. */
  public static void discard(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> content = Files.walk(folder)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(folder)) {
          Files.delete(path);
        }
      }
    }
  }

  /** Frees what the executors keep. */
  @Override
  public void close() {
    String ended = owner;
    List<Integer> everywhere = IntStream.range(0, slots).boxed().toList();
    Jobs.release(
        context.parallelize(everywhere, slots),
        (Iterator<Integer> ignored) -> ExecutorShards.release(ended));
  }

  private int threads(IsonormConfig config) {
    int threads = config.training().threadsPerWorker();
    if (threads > 0) {
      return threads;
    }
    return context.isLocal()
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / parallelRuns)
        : Integer.parseInt(context.getConf().get("spark.task.cpus", "1"));
  }

  /** The state in a run's checkpoints, or null. */
  private static LocalTraining.State state(RunFolder run) throws IOException {
    if (!run.hasLastCheckpoint()) {
      return null;
    }
    Checkpoint best =
        Files.exists(run.bestCheckpoint()) ? Checkpoint.load(run.bestCheckpoint()) : null;
    return new LocalTraining.State(
        point(run.loadLastCheckpoint(log::warn)), best == null ? null : point(best));
  }

  private static LocalTraining.Point point(Checkpoint checkpoint) {
    return new LocalTraining.Point(checkpoint.model(), checkpoint.state());
  }

  /** Metrics first: those after the last checkpoint are dropped when a run goes on. */
  private static void write(
      RunFolder run, IsonormConfig config, LocalTraining training, LocalTraining.Result result)
      throws IOException {
    if (training.from() == null) {
      RunFolder.create(run.path());
      run.writeConfig(config.renderWithoutSecrets());
      if (result.start() != null) {
        run.writeStart(result.start());
      }
    }
    try (MetricsLog metrics =
        training.from() == null
            ? MetricsLog.create(run.metrics())
            : MetricsLog.resume(
                run.metrics(), training.from().last().training().progress().step())) {
      if (config.run().tensorboard()) {
        metrics.with(
            EventFile.open(
                run.path(),
                training.from() == null ? 0 : training.from().last().training().progress().step()));
      }
      result.rows().forEach(metrics::append);
    }
    if (config.training().normsEveryRounds() > 0) {
      try (NormsLog norms =
          training.from() == null
              ? NormsLog.create(run.norms())
              : NormsLog.resume(
                  run.norms(), training.from().last().training().progress().round())) {
        norms.append(result.norms());
      }
    }
    if (result.state() == null) {
      return;
    }
    TrainingState state = result.state().last().training();
    ComputationGraph graph = Networks.build(state.network());
    if (result.state().best() != null) {
      checkpoint(graph, result.state().best()).save(run.bestCheckpoint());
    }
    run.saveLastCheckpoint(checkpoint(graph, result.state().last()));
  }

  private static Checkpoint checkpoint(ComputationGraph graph, LocalTraining.Point point) {
    return Checkpoint.of(point.model(), graph, point.training());
  }
}
