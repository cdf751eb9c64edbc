package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.NetworkConfig;
import org.isonorm.spark.config.TrainingConfig;
import org.isonorm.spark.data.ExecutorShards;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.Jobs;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.preflight.MemoryDemand;
import org.isonorm.spark.preflight.Preflight;
import org.isonorm.spark.preflight.Residency;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.NormsLog;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.StartFiles;
import org.isonorm.spark.storage.HadoopBroadcast;
import org.isonorm.spark.storage.Storage;
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
  private final Map<Kind, MemoryDemand> demands = new ConcurrentHashMap<>();
  private final int slots;
  private final boolean oneTask;

  /**
   * For runs in one task each, of a single worker. Waits for the cluster.
   *
   * @param parallelRuns runs at a time; 0 for as many as the cluster has room for
   * @throws IllegalArgumentException if the cluster has too few slots
   */
  public static TrialTraining inTasks(SparkSession spark, int parallelRuns) {
    return new TrialTraining(spark, parallelRuns, 1, true);
  }

  /**
   * For runs that average parameters. Waits for the cluster.
   *
   * @param parallelRuns runs at a time; 0 for as many as the cluster has room for
   * @param workers task slots that each of them takes
   * @throws IllegalArgumentException if the cluster has too few slots
   */
  public static TrialTraining dataParallel(SparkSession spark, int parallelRuns, int workers) {
    return new TrialTraining(spark, parallelRuns, workers, false);
  }

  private TrialTraining(SparkSession spark, int parallelRuns, int workers, boolean oneTask) {
    this.spark = spark;
    this.oneTask = oneTask;
    this.context = new JavaSparkContext(spark.sparkContext());
    this.slots =
        parallelRuns == 0
            ? TaskSlots.all(context, TaskSlots.TIMEOUT_SECONDS)
            : TaskSlots.upTo(context, parallelRuns * workers, TaskSlots.TIMEOUT_SECONDS);
    this.parallelRuns = parallelRuns == 0 ? Math.max(1, slots / workers) : parallelRuns;
    if (this.parallelRuns * workers > slots) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid grid.parallel-trials: %d with %s each (%s has %d; must be at"
                  + " most %d, or 0 for that)",
              this.parallelRuns,
              Plural.of(workers, "task slot"),
              context.master(),
              slots,
              slots / workers));
    }
  }

  /**
   * Checks what can be of runs without a cluster.
   *
   * @param oneTask whether each is trained in one task
   * @throws IllegalArgumentException in one sentence with the remedy
   */
  public static void check(Collection<IsonormConfig> configs, boolean oneTask) throws IOException {
    Map<DataConfig, Optional<TrainingData>> found = new HashMap<>();
    for (IsonormConfig config : configs) {
      if (!found.containsKey(config.data())) {
        found.put(config.data(), TrainingData.find(config.data(), Storage.hadoop()));
      }
      Recipe.check(mode(config, oneTask), config, found.get(config.data()));
      StartingWeights.check(config.initialization().from());
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
    Recipe.of(mode(config), config, opened);
  }

  private Recipe recipe(IsonormConfig config) {
    return Recipe.of(mode(config), config, data.get(config.data()));
  }

  private TrainingMode mode(IsonormConfig config) {
    return mode(config, oneTask);
  }

  private static TrainingMode mode(IsonormConfig config, boolean oneTask) {
    return oneTask ? TrainingMode.TASK : TrainingMode.of(config);
  }

  /**
   * Shows and checks whether the cluster has what prepared runs need.
   *
   * @param configs of all of them
   * @param output takes the lines of a table
   * @throws IllegalArgumentException with the numbers and the setting to change, if not
   */
  public void check(Collection<IsonormConfig> configs, Consumer<String> output) {
    Map<Kind, IsonormConfig> kinds = new LinkedHashMap<>();
    configs.forEach(config -> kinds.put(Kind.of(config), config));
    List<Residency> residencies = new ArrayList<>();
    MemoryDemand most = MemoryDemand.NONE;
    int workers = 1;
    for (IsonormConfig config : kinds.values()) {
      Residency residency = residency(config, Optional.empty());
      residencies.add(residency);
      most = most.or(residency.memory());
      workers = oneTask ? 1 : Math.max(workers, config.averaging().workers());
    }
    Preflight.run(
        context,
        slots,
        new Preflight.Needs(
            parallelRuns * workers,
            "grid.parallel-trials x workers",
            recipe(configs.iterator().next()).threads(context, parallelRuns),
            most,
            // Of several kinds the one that does not stay in memory is to be seen.
            residencies.stream().filter(Residency::streamed).findFirst().orElse(residencies.get(0)),
            kinds.values().stream()
                .map(config -> data.get(config.data()).folder())
                .distinct()
                .toList()),
        output);
  }

  /** What memory and residency of a run depend on. */
  private record Kind(
      NetworkConfig network, DataConfig data, TrainingConfig training, int values, int workers) {
    static Kind of(IsonormConfig config) {
      return new Kind(
          config.network(),
          config.data(),
          config.training(),
          config.optimizer().valuesPerParameter(),
          config.averaging().workers());
    }
  }

  private Residency residency(IsonormConfig config, Optional<Boolean> begun) {
    Recipe recipe = recipe(config);
    return recipe.residency(
        demands.computeIfAbsent(Kind.of(config), kind -> recipe.memory()),
        Residency.Room.of(context, slots, parallelRuns * recipe.workers()),
        begun);
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
    Recipe recipe = recipe(config);
    RunFolder run = new RunFolder(folder);
    LocalTraining.Origin origin = origin(run);
    boolean streamed = residency(config, ResumedRun.streamed(run)).streamed();
    if (origin instanceof LocalTraining.Origin.Start) {
      discard(folder);
    }
    LocalTraining training =
        new LocalTraining(
            owner,
            config.render(),
            recipe.data(),
            streamed,
            recipe.threads(context, parallelRuns),
            epochs,
            origin);
    Broadcast<SerializableConfiguration> hadoop = HadoopBroadcast.of(context);
    // A task must stay small; the state it goes on from may not be.
    Broadcast<LocalTraining> broadcast = context.broadcast(training);
    TaskResult result;
    try {
      result =
          context
              .parallelize(List.of(folder.toString()), 1)
              .map(ignored -> broadcast.value().run(hadoop.value().value()))
              .first();
    } finally {
      broadcast.destroy();
    }
    write(run, config, origin, streamed, result);
    if (result instanceof TaskResult.Failed failed) {
      throw new TrainingFailedException(failed.message(), failed.trace());
    }
    if (result instanceof TaskResult.Diverged diverged) {
      throw diverged.divergence();
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
        config.data().crop(),
        EvaluationJob.Examples.TEST,
        config.data().validationExamples(),
        config.training().evaluationBatchSize(),
        config.training().testTimeAugmentation(),
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

  /** Where a run begins: at its last checkpoint, if it has one. */
  private static LocalTraining.Origin origin(RunFolder run) throws IOException {
    if (!run.hasLastCheckpoint()) {
      return new LocalTraining.Origin.Start();
    }
    TrainingPoint last = TrainingPoint.of(run.loadLastCheckpoint(log::warn));
    TrainingPoint best =
        Files.exists(run.bestCheckpoint())
            ? TrainingPoint.of(Checkpoint.load(run.bestCheckpoint()))
            : last;
    return new LocalTraining.Origin.Point(last, best);
  }

  /** Metrics first: those after the last checkpoint are dropped when a run goes on. */
  private void write(
      RunFolder run,
      IsonormConfig config,
      LocalTraining.Origin origin,
      boolean streamed,
      TaskResult result)
      throws IOException {
    Progress before =
        origin instanceof LocalTraining.Origin.Point point
            ? point.last().progress()
            : Progress.START;
    boolean isNew = origin instanceof LocalTraining.Origin.Start;
    if (isNew) {
      RunFolder.create(run.path());
      run.writeConfig(config.renderWithoutSecrets());
      run.writeEnvironment(
          Environment.describe(
              context, slots, config.run().seed(), recipe(config).data(), streamed));
    }
    for (StartFiles start : result.log().start()) {
      run.writeStart(start);
    }
    try (MetricsLog metrics =
        isNew
            ? MetricsLog.create(run.metrics())
            : MetricsLog.resume(run.metrics(), before.step())) {
      if (config.run().tensorboard()) {
        metrics.with(EventFile.open(run.path(), before.step()));
      }
      result.log().rows().forEach(metrics::append);
    }
    if (config.training().normsEveryRounds() > 0) {
      try (NormsLog norms =
          isNew ? NormsLog.create(run.norms()) : NormsLog.resume(run.norms(), before.round())) {
        norms.append(result.log().norms());
      }
    }
    if (result instanceof TaskResult.Finished finished) {
      ComputationGraph graph = Networks.build(finished.last().training().network());
      if (finished.best().training().bestEpoch() > 0) {
        finished.best().checkpoint(graph).save(run.bestCheckpoint());
      }
      run.saveLastCheckpoint(finished.last().checkpoint(graph));
    }
  }
}
