package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.data.shard.Split;
import org.isonorm.init.SeedStream;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.AveragingSettings;
import org.isonorm.spark.averaging.Evaluator;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.ExampleAccess;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.data.WorkerBatching;
import org.isonorm.spark.jobs.JobWatch;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.WallClock;
import org.isonorm.spark.mlflow.TrackedFolder;
import org.isonorm.spark.preflight.Preflight;
import org.isonorm.spark.preflight.Residency;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.report.Report;
import org.isonorm.spark.report.RunReport;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.run.NormsLog;
import org.isonorm.spark.run.Predictions;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.storage.FolderLock;
import org.isonorm.spark.storage.Storage;
import org.isonorm.spark.tensorboard.EventFile;

/**
 * A run on a cluster: from a configuration to a run's folder. Data set, network, initialization,
 * training, evaluation on the test split, in this order. Lives on the driver.
 */
public final class TrainingJob implements AutoCloseable {
  private final IsonormConfig config;
  private final JavaSparkContext context;
  private final JobWatch watch;
  private final Recipe recipe;
  private final Residency residency;
  private final Consumer<String> output;
  private final int slots;
  private final int parallelRuns;
  private List<Consumer<MetricsLog.Row>> observers = List.of();
  private Optional<FolderLock> lock = Optional.empty();
  private Optional<MlflowListener> mlflow = Optional.empty();

  /**
   * A job.
   *
   * @param streamed whether the examples are streamed of a run that goes on
   */
  private TrainingJob(
      IsonormConfig config,
      SparkSession spark,
      int parallelRuns,
      Optional<Boolean> streamed,
      Consumer<String> output)
      throws IOException {
    this.config = config;
    this.output = output;
    this.parallelRuns = parallelRuns;
    this.context = new JavaSparkContext(spark.sparkContext());
    this.slots = TaskSlots.await(context, config.averaging().workers(), TaskSlots.TIMEOUT_SECONDS);
    this.recipe =
        Recipe.of(TrainingMode.of(config), config, TrainingData.open(config.data(), spark));
    this.residency =
        recipe.residency(
            recipe.memory(),
            Residency.Room.of(context, slots, recipe.workers() * parallelRuns),
            streamed);
    this.watch =
        new JobWatch(
            context,
            new JobWatch.Timeout(
                config.averaging().roundTimeoutSeconds(),
                "if it needs that long raise averaging.round-timeout-seconds; go on with --resume"),
            output);
  }

  /**
   * Trains.
   *
   * @param folder the run's folder: new or empty, or with {@code resume} one of a run
   * @param resume whether to go on from the folder's last checkpoint, or from step 0 where there is
   *     none yet; a run that is finished is left as it is
   * @param output takes the progress lines
   * @return the model's evaluation on the test split, or what {@link TrainingData#evaluated} says
   * @throws IllegalArgumentException in one sentence with the remedy, if the configuration cannot
   *     work
   */
  public static Evaluation run(
      IsonormConfig config,
      Path folder,
      boolean resume,
      SparkSession spark,
      Consumer<String> output)
      throws IOException {
    return run(config, folder, resume, spark, output, List.of());
  }

  /**
   * Trains, as above.
   *
   * @param observers told of every round and epoch, after the run's own files
   */
  public static Evaluation run(
      IsonormConfig config,
      Path folder,
      boolean resume,
      SparkSession spark,
      Consumer<String> output,
      List<Consumer<MetricsLog.Row>> observers)
      throws IOException {
    check(config, folder, resume);
    Optional<Evaluation> finished = resume ? finished(folder, output) : Optional.empty();
    if (finished.isPresent()) {
      return finished.get();
    }
    RunFolder run = new RunFolder(folder);
    try (TrainingJob job = new TrainingJob(config, spark, 1, ResumedRun.streamed(run), output)) {
      job.observers = List.copyOf(observers);
      job.lock = resume ? Optional.of(lock(folder, output)) : Optional.empty();
      job.preflight();
      job.mlflow =
          TrackedFolder.of(config, folder, "isonorm train", output).map(MlflowListener::new);
      int epochs = config.training().epochs();
      TrainingPoint trained =
          run.hasLastCheckpoint() ? job.resume(run, epochs) : job.begin(run, resume, epochs);
      return job.finish(run, trained);
    }
  }

  /**
   * Checks what can be without a cluster, within a second.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if the run cannot be
   * @throws UnsupportedOperationException likewise
   * @throws IOException if its data set is not there
   */
  public static void check(IsonormConfig config, Path folder, boolean resume) throws IOException {
    TrainingMode mode = TrainingMode.of(config);
    mode.check(config);
    if (resume && mode == TrainingMode.STOCK) {
      throw new UnsupportedOperationException(
          "Unsupported: --resume with averaging.engine = dl4j (DL4J's master keeps no checkpoints;"
              + " use averaging.engine = isonorm)");
    }
    if (resume) {
      ResumedRun.check(config, folder);
      if (new RunFolder(folder).finished().isPresent()) {
        return; // It needs its data set no more.
      }
      MovedData.checkThere(config.data());
    } else {
      RunFolder.checkEmpty(folder);
      StartingWeights.check(config.initialization().from());
    }
    Recipe.check(mode, config, TrainingData.find(config.data(), Storage.hadoop()));
  }

  /**
   * The evaluation of a run that has come to its end, so that there is nothing to resume; none of
   * another.
   *
   * @param output takes a sentence that says so
   */
  public static Optional<Evaluation> finished(Path folder, Consumer<String> output)
      throws IOException {
    RunFolder run = new RunFolder(folder);
    Optional<Evaluation> evaluation = run.finished();
    if (evaluation.isPresent()) {
      output.accept(
          String.format(
              Locale.ROOT,
              "%s is finished: nothing is trained, and its evaluation is the one it had",
              folder));
      if (!Files.exists(run.report())) {
        report(run, output);
      }
    }
    return evaluation;
  }

  private static void report(RunFolder folder, Consumer<String> output) throws IOException {
    RunReport.render(folder.path());
    Report.withoutFigures().ifPresent(output);
  }

  private static FolderLock lock(Path folder, Consumer<String> output) throws IOException {
    return FolderLock.take(folder, "run folder", output);
  }

  /**
   * Trains up to an epoch and leaves the test split alone; goes on from the folder's last
   * checkpoint if there is one.
   *
   * @param folder the run's folder: new or empty, or one that has a checkpoint
   * @param epochs epochs after which to stop
   * @param parallelRuns runs that share this cluster's cores at a time
   */
  static void trainOnly(
      IsonormConfig config,
      Path folder,
      int epochs,
      SparkSession spark,
      int parallelRuns,
      Consumer<String> output)
      throws IOException {
    RunFolder run = new RunFolder(folder);
    try (TrainingJob job =
        new TrainingJob(config, spark, parallelRuns, ResumedRun.streamed(run), output)) {
      if (run.hasLastCheckpoint()) {
        ResumedRun.check(config, folder);
        job.resume(run, epochs);
      } else {
        job.begin(run, false, epochs);
      }
    }
  }

  private void preflight() {
    Preflight.run(
        context,
        slots,
        new Preflight.Needs(
            recipe.workers(),
            "averaging.workers",
            threads(),
            residency.memory(),
            residency,
            List.of(recipe.data().folder())),
        output);
  }

  @Override
  public void close() throws IOException {
    watch.close();
    mlflow.ifPresent(listener -> listener.tracked().close());
    if (lock.isPresent()) {
      lock.get().close();
    }
  }

  /**
   * A run from its first step: its network, drawn and maybe tuned, and its folder.
   *
   * @param again whether it has a folder already, of which it left no checkpoint
   */
  private TrainingPoint begin(RunFolder folder, boolean again, int epochs) throws IOException {
    if (again) {
      output.accept(
          String.format(
              Locale.ROOT, "%s has no checkpoint yet: starting at step 0", folder.path()));
    }
    ComputationGraph graph = graph();
    NetworkStart start = drawn(graph);
    if (again) {
      folder.restart();
    } else {
      RunFolder.create(folder.path());
      lock = Optional.of(lock(folder.path(), output));
    }
    folder.writeConfig(config.renderWithoutSecrets());
    folder.writeEnvironment(
        Environment.describe(
            context, slots, config.run().seed(), recipe.data(), residency.streamed()));
    folder.writeStart(start.files());
    try (MetricsLog metrics = withEvents(MetricsLog.create(folder.metrics()), folder, 0)) {
      return train(folder, metrics, graph, recipe.start(graph), epochs);
    }
  }

  private ComputationGraph graph() {
    return recipe.mode() == TrainingMode.STOCK
        ? StockRounds.graph(recipe)
        : Networks.build(recipe.definition());
  }

  private NetworkStart drawn(ComputationGraph graph) throws IOException {
    long began = System.nanoTime();
    String method = config.initialization().rule();
    NetworkStart start;
    try (TuningBar bar = new TuningBar(method)) {
      start =
          NetworkStart.of(
              graph,
              recipe.definition(),
              config,
              recipe.data().manifest(),
              recipe.data().examples(context.hadoopConfiguration()),
              parallelRuns == 1 ? bar : TuningProgress.none());
    }
    start
        .equilibrium()
        .ifPresent(each -> output.accept(each.sentence(config.training().globalBatchSize())));
    start
        .tuned()
        .ifPresent(
            tuned ->
                output.accept(
                    String.format(
                        Locale.ROOT,
                        "Tuned by %s (%s)",
                        tuned.sentence(),
                        WallClock.words(Duration.ofNanos(System.nanoTime() - began)))));
    start.weights().ifPresent(weights -> output.accept(weights.sentence()));
    return start;
  }

  private TrainingPoint resume(RunFolder folder, int epochs) throws IOException {
    Checkpoint checkpoint = folder.loadLastCheckpoint(output);
    TrainingState state = checkpoint.state();
    checkpoint.checkBelongsTo(
        folder.lastCheckpoint(),
        recipe.definition(),
        recipe.data().manifest().dataset(),
        config.run().seed());
    if (!ResumedRun.dataPath(folder).equals(config.data().path())) {
      folder.writeConfig(config.renderWithoutSecrets());
    }
    output.accept(
        String.format(
            Locale.ROOT,
            "Resuming %s after epoch %d, step %d",
            folder.path(),
            state.progress().epoch(),
            state.progress().stepInEpoch()));
    long steps = state.progress().step();
    try (MetricsLog metrics =
        withEvents(MetricsLog.resume(folder.metrics(), steps), folder, steps)) {
      return train(folder, metrics, checkpoint.graph(), TrainingPoint.of(checkpoint), epochs);
    }
  }

  private MetricsLog withEvents(MetricsLog metrics, RunFolder folder, long stepsDone)
      throws IOException {
    return config.run().tensorboard()
        ? metrics.with(EventFile.open(folder.path(), stepsDone))
        : metrics;
  }

  /**
   * Trains, with everybody who listens.
   *
   * @param graph the network; takes what rounds and listeners look at or save, one after another
   */
  private TrainingPoint train(
      RunFolder folder, MetricsLog metrics, ComputationGraph graph, TrainingPoint from, int epochs)
      throws IOException {
    ProgressLine lines =
        new ProgressLine(
            output, config.training().epochs(), recipe.stepsPerEpoch(), from.progress().step());
    lines.line(description());
    lines.line(residency.sentence());
    if (Networks.fallsBack(recipe.definition())) {
      lines.line(
          "a layer has no fast form: all of the network computes with DL4J's own layers, slowly");
    }
    if (!config.optimizer().extras().isEmpty()) {
      lines.line("optimizer: " + config.optimizer().extras());
    }
    String name = folder.path().getFileName().toString();
    int normsEvery = config.training().normsEveryRounds();
    try (Evaluator validation =
            recipe.data().validationExamples() == 0
                ? null
                : evaluator(graph, recipe.data().validated());
        TrainingSource gauges = TrainingSource.register(name);
        NormsLog norms = normsEvery == 0 ? null : normsLog(folder, from);
        NormsMonitor monitor =
            norms == null ? null : normsMonitor(normsEvery, graph, norms, metrics, from);
        EngineRounds engine = engine(name, graph)) {
      List<TrainingListener> listeners = new ArrayList<>();
      listeners.add(new MetricsWriter(metrics, graph));
      listeners.add(gauges);
      listeners.add(lines);
      listeners.add(
          new SyncAdvice(
              recipe.workers(),
              config.averaging().frequency(),
              recipe.stepsPerEpoch(),
              lines::line));
      if (monitor != null) {
        listeners.add(monitor);
      }
      lock.ifPresent(held -> listeners.add(new StillHeld(held)));
      listeners.add(new CheckpointWriter(folder, graph, config.training(), from, System::nanoTime));
      observers.forEach(observer -> listeners.add(new RowObserver(observer)));
      mlflow.ifPresent(
          listener -> {
            listener.tracked().begin();
            listeners.add(listener);
          });
      Optional<TrainingLoop.Validation> evaluation =
          Optional.ofNullable(validation)
              .map(examples -> model -> examples.evaluate(model, "last"));
      TrainingPoint end =
          new TrainingLoop(recipe, engine.rounds(), evaluation, listeners, from).train(epochs);
      if (recipe.stopsEarly(end.training())) {
        lines.line(EarlyStop.sentence(config.training(), end.training()));
      }
      return end;
    }
  }

  /** Ends a run whose folder another process took over. */
  private record StillHeld(FolderLock lock) implements TrainingListener {
    @Override
    public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row)
        throws IOException {
      lock.check();
    }

    @Override
    public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best)
        throws IOException {
      lock.check();
    }
  }

  /** Hands rows on to somebody outside. */
  private record RowObserver(Consumer<MetricsLog.Row> observer) implements TrainingListener {
    @Override
    public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
      observer.accept(row);
    }

    @Override
    public void afterEpoch(
        TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
      observer.accept(row);
    }
  }

  /** Rounds, and what must be freed after them. */
  private record EngineRounds(Rounds rounds, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /**
   * Who carries out the rounds.
   *
   * @param graph says what the network is; rounds hand its state on themselves
   */
  private EngineRounds engine(String name, ComputationGraph graph) {
    if (recipe.mode() == TrainingMode.STOCK) {
      StockRounds rounds = new StockRounds(context, recipe, graph, shards(), shardLoader());
      return new EngineRounds(rounds, rounds::close);
    }
    ParameterAveragingMaster master =
        new ParameterAveragingMaster(
            new AveragingSettings(
                config.averaging().frequency(),
                config.averaging().aggregationGroup(),
                threads(),
                config.training().lossBound(),
                recipe.precision(),
                recipe.slowWeights(),
                config.averaging().transport(),
                SeedStream.of(config.run().seed())),
            recipe.optimizer(),
            recipe.schedule()::at,
            shardLoader());
    master.name(name);
    master.runJobsWith(watch);
    SparkComputationGraph network = new SparkComputationGraph(context, graph, master);
    return new EngineRounds(
        new AveragedRounds(config.averaging().frequency(), network, master, shards()),
        master::close);
  }

  private static NormsLog normsLog(RunFolder folder, TrainingPoint from) throws IOException {
    return from.progress().round() == 0
        ? NormsLog.create(folder.norms())
        : NormsLog.resume(folder.norms(), from.progress().round());
  }

  private NormsMonitor normsMonitor(
      int everyRounds, ComputationGraph graph, NormsLog log, MetricsLog metrics, TrainingPoint from)
      throws IOException {
    return new NormsMonitor(
        everyRounds,
        NormDiagnosis.batch(
            recipe.data(),
            config.training().globalBatchSize(),
            config,
            context.hadoopConfiguration()),
        graph,
        recipe::learningRateFactors,
        recipe.optimizer(),
        recipe.workers(),
        config.averaging().frequency(),
        from,
        log::append,
        (step, values) -> {
          if (metrics.hasEvents()) {
            metrics.scalars(step, values);
          }
        });
  }

  /**
   * The one look at the test split, if there is one: the best checkpoint, or the last where none
   * was chosen.
   */
  private Evaluation finish(RunFolder folder, TrainingPoint trained) throws IOException {
    TrainingState state = trained.training();
    boolean chosen = state.bestEpoch() > 0;
    Path file = chosen ? folder.bestCheckpoint() : folder.lastCheckpoint();
    Checkpoint checkpoint = Checkpoint.load(file);
    Evaluator.Illustrated illustrated;
    try (Evaluator evaluator = evaluator(checkpoint.graph(), recipe.data().evaluated())) {
      illustrated =
          evaluator.evaluate(
              checkpoint.model(),
              chosen ? "best" : "last",
              config.run().samplePredictions(),
              config.training().testTimeAugmentation());
    }
    Evaluation evaluation = illustrated.evaluation();
    if (chosen) {
      evaluation =
          evaluation.withValidation(
              new Evaluation.Selection(
                  state.bestEpoch(), state.bestAccuracy(), state.lastAccuracy()));
    }
    folder.publishModel(file, ModelCard.of(recipe.data().manifest(), config.data().crop()));
    if (config.run().samplePredictions() > 0) {
      folder.writePredictions(Predictions.of(evaluation, illustrated.samples()));
    }
    // Last: with it a run is finished.
    folder.writeEvaluation(evaluation);
    report(folder, output);
    if (mlflow.isPresent()) {
      mlflow.get().finished(state.progress().step(), evaluation);
    }
    output.accept(
        WallClock.stamped(
            String.format(
                Locale.ROOT,
                "%s loss %.4f, accuracy %.2f%%%s over %s (%s)",
                evaluation.split(),
                evaluation.loss(),
                100 * evaluation.top1Accuracy(),
                augmented(evaluation),
                Plural.of(evaluation.examples(), "example"),
                chosen
                    ? String.format(Locale.ROOT, "epoch %d, best on validation", state.bestEpoch())
                    : "last epoch")));
    return evaluation;
  }

  private static String augmented(Evaluation evaluation) {
    return evaluation
        .augmented()
        .map(
            augmented ->
                String.format(
                    Locale.ROOT,
                    ", with %s %.2f%%",
                    augmented.method(),
                    100 * augmented.top1Accuracy()))
        .orElse("");
  }

  private Evaluator evaluator(ComputationGraph graph, TrainingData.Evaluated examples) {
    TrainingData data = recipe.data();
    return new Evaluator(
        context,
        watch,
        graph,
        examples.name(),
        data.folder(),
        recipe.access(residency.streamed()),
        config.data().crop(),
        examples.split(),
        examples.positions(),
        recipe.workers(),
        config.training().evaluationBatchSize(),
        threads());
  }

  private JavaRDD<String> shards() {
    TrainingData data = recipe.data();
    List<String> references =
        ShardReference.split(data.folder(), Split.TRAIN, data.training(), recipe.workers()).stream()
            .map(ShardReference::toString)
            .toList();
    return context.parallelize(references, references.size());
  }

  private ParameterAveragingMaster.ShardLoader shardLoader() {
    ExampleAccess access = recipe.access(residency.streamed());
    WorkerBatching batching = recipe.batching();
    return (shard, hadoop) ->
        batching.of(shard.worker(), access.shuffled(shard, batching.seed(), hadoop));
  }

  private int threads() {
    return recipe.threads(context, parallelRuns);
  }

  private String description() {
    TrainingData data = recipe.data();
    return String.format(
        Locale.ROOT,
        "%s on %s: %s x %d = global batch %d, averaging %s, %d + %d + %d examples, %s a worker",
        recipe.definition().name(),
        data.manifest().dataset(),
        Plural.of(recipe.workers(), "worker"),
        recipe.workerBatchSize(),
        config.training().globalBatchSize(),
        config.averaging().frequency() == 1
            ? "every step"
            : String.format(Locale.ROOT, "every %d steps", config.averaging().frequency()),
        data.training().size(),
        data.validationExamples(),
        data.test().size(),
        Plural.of(threads(), "thread"));
  }
}
