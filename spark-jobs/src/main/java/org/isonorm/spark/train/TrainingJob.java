package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ShardReader;
import org.isonorm.data.shard.Split;
import org.isonorm.init.SeedStream;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.step.GradientClipping;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.averaging.AveragingSettings;
import org.isonorm.spark.averaging.Evaluator;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.config.AveragingConfig.Engine;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.OptimizerConfig;
import org.isonorm.spark.data.ShardBatches;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.JobWatch;
import org.isonorm.spark.preflight.MemoryDemand;
import org.isonorm.spark.preflight.Preflight;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.report.RunReport;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.NormsLog;
import org.isonorm.spark.run.Predictions;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.StartFiles;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.tensorboard.EventFile;

/**
 * The training command: from a configuration to a run's folder. Data set, network, initialization,
 * training, evaluation on the test split, in this order. Lives on the driver.
 */
public final class TrainingJob implements AutoCloseable {
  /** How long executors may take to register before too few slots are an error. */
  static final int SLOTS_TIMEOUT_SECONDS = 60;

  private final IsonormConfig config;
  private final SparkSession spark;
  private final JavaSparkContext context;
  private final JobWatch watch;
  private final TrainingData data;
  private final NetworkDefinition definition;
  private final Consumer<String> output;
  private final int slots;
  private final int parallelRuns;

  private TrainingJob(
      IsonormConfig config, SparkSession spark, int parallelRuns, Consumer<String> output)
      throws IOException {
    this.config = config;
    this.spark = spark;
    this.output = output;
    this.parallelRuns = parallelRuns;
    this.context = new JavaSparkContext(spark.sparkContext());
    this.slots = TaskSlots.await(context, workers(), SLOTS_TIMEOUT_SECONDS);
    this.data = TrainingData.open(config.data(), spark);
    this.definition = definition(config, data.manifest());
    checkShards(config, data);
    this.watch =
        new JobWatch(
            context,
            new JobWatch.Timeout(
                config.averaging().roundTimeoutSeconds(), "averaging.round-timeout-seconds"),
            output);
  }

  /**
   * Trains.
   *
   * @param folder the run's folder: new or empty, or with {@code resume} one that has a checkpoint
   * @param resume whether to go on from the folder's last checkpoint
   * @param output takes the progress lines
   * @return the model's evaluation on the test split
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
    checkEngine(config);
    if (resume && config.averaging().engine() == Engine.DL4J) {
      throw new UnsupportedOperationException(
          "Unsupported: --resume with averaging.engine = dl4j (DL4J's master keeps no checkpoints; use averaging.engine = isonorm)");
    }
    if (resume) {
      checkSameConfiguration(config, folder);
    } else {
      RunFolder.checkEmpty(folder);
    }
    try (TrainingJob job = new TrainingJob(config, spark, 1, output)) {
      job.preflight();
      return resume
          ? job.finish(job.resume(folder, job.epochs()))
          : job.finish(job.start(folder, job.epochs()));
    }
  }

  /**
   * Checks that the engine can do what is asked for.
   *
   * @throws UnsupportedOperationException in one sentence with the remedy, if it cannot
   */
  static void checkEngine(IsonormConfig config) {
    if (config.averaging().engine() != Engine.DL4J) {
      return;
    }
    if (config.augmentation().mixing().method() == MixingMethod.MANIFOLD_MIXUP) {
      throw new UnsupportedOperationException(
          "Unsupported: augmentation.mixing.method = manifold-mixup with averaging.engine = dl4j (DL4J's network mixes no hidden states; use averaging.engine = isonorm)");
    }
    if (config.training().normsEveryRounds() > 0) {
      throw new UnsupportedOperationException(
          "Unsupported: training.norms-every-rounds = %d with averaging.engine = dl4j (DL4J's master tells nobody of its rounds; use averaging.engine = isonorm)"
              .formatted(config.training().normsEveryRounds()));
    }
    if (config.optimizer().clipNorm() > 0 || config.optimizer().adaptiveClipping() > 0) {
      throw new UnsupportedOperationException(
          "Unsupported: optimizer.clip-norm and optimizer.adaptive-clipping with averaging.engine = dl4j (its step is DL4J's own; use averaging.engine = isonorm)");
    }
    if (config.optimizer().emaDecay() > 0) {
      throw new UnsupportedOperationException(
          "Unsupported: optimizer.ema-decay = %s with averaging.engine = dl4j (DL4J's master tells nobody of its rounds; use averaging.engine = isonorm)"
              .formatted(config.optimizer().emaDecay()));
    }
    if (config.network().fixup()) {
      throw new UnsupportedOperationException(
          "Unsupported: network.fixup = true with averaging.engine = dl4j (DL4J's updater has one learning rate; use averaging.engine = isonorm)");
    }
    if (config.averaging().transport() != Transport.FLOAT32) {
      throw new UnsupportedOperationException(
          "Unsupported: averaging.transport = %s with averaging.engine = dl4j (DL4J's master sends float32; use averaging.engine = isonorm)"
              .formatted(config.averaging().transport().label()));
    }
    if (!config.optimizer().overrides().isEmpty()) {
      throw new UnsupportedOperationException(
          "Unsupported: optimizer.overrides with averaging.engine = dl4j (DL4J's updater has one learning rate; use averaging.engine = isonorm)");
    }
  }

  /**
   * Trains up to an epoch and leaves the test split alone; goes on from the folder's last
   * checkpoint if there is one.
   *
   * @param folder the run's folder: new or empty, or one that has a checkpoint
   * @param epochs epochs after which to stop
   * @param parallelRuns runs that share this cluster's cores at a time
   */
  public static void trainOnly(
      IsonormConfig config,
      Path folder,
      int epochs,
      SparkSession spark,
      int parallelRuns,
      Consumer<String> output)
      throws IOException {
    try (TrainingJob job = new TrainingJob(config, spark, parallelRuns, output)) {
      if (new RunFolder(folder).hasLastCheckpoint()) {
        checkSameConfiguration(config, folder);
        job.resume(folder, epochs);
      } else {
        job.start(folder, epochs);
      }
    }
  }

  private void preflight() {
    MemoryDemand memory = MemoryDemand.ofAveraging(config, definition, data);
    Preflight.run(
        context,
        slots,
        new Preflight.Needs(workers(), "averaging.workers", threads(), memory),
        output);
  }

  @Override
  public void close() {
    watch.close();
  }

  /** A run after its last epoch. */
  private record Trained(
      RunFolder folder, ComputationGraph graph, TrainingState state, ProgressLine lines) {}

  /** The network a configuration asks for, for the images and classes of a data set. */
  public static NetworkDefinition definition(IsonormConfig config, DatasetManifest manifest) {
    return config
        .network()
        .definition(manifest.classes())
        .withImage(manifest.height(), manifest.width(), manifest.channels());
  }

  private Trained start(Path path, int epochs) throws IOException {
    ComputationGraph graph =
        config.averaging().engine() == Engine.DL4J
            ? StockAveraging.graph(definition, config, stepsPerEpoch())
            : Networks.build(definition);
    StartFiles start = begin(graph).files();
    RunFolder folder = RunFolder.create(path);
    folder.writeConfig(config.renderWithoutSecrets());
    folder.writeEnvironment(Environment.describe(context, slots, config.run().seed()));
    folder.writeStart(start);
    try (MetricsLog metrics = withEvents(MetricsLog.create(folder.metrics()), folder, 0)) {
      TrainingState state =
          TrainingState.start(definition, data.manifest().dataset(), config.run().seed());
      ModelState model =
          new ModelState(
              FlatParameters.toBytes(graph.params()),
              new byte[Math.toIntExact(graph.numParams() * Float.BYTES)]);
      return train(folder, metrics, graph, model, state, epochs);
    }
  }

  private NetworkStart begin(ComputationGraph graph) throws IOException {
    long began = System.nanoTime();
    String method = config.initialization().rule();
    NetworkStart start;
    try (TuningBar bar = new TuningBar(method)) {
      start =
          NetworkStart.of(
              graph,
              definition,
              config,
              data.manifest(),
              data.examples(context.hadoopConfiguration()),
              parallelRuns == 1 ? bar : TuningProgress.none());
    }
    start
        .tuned()
        .ifPresent(
            tuned ->
                output.accept(
                    "Tuned by %s (%s)"
                        .formatted(
                            tuned.sentence(),
                            ProgressLine.duration(Duration.ofNanos(System.nanoTime() - began)))));
    return start;
  }

  private Trained resume(Path path, int epochs) throws IOException {
    RunFolder folder = new RunFolder(path);
    Checkpoint checkpoint = folder.loadLastCheckpoint(output);
    checkpoint.checkBelongsTo(
        folder.lastCheckpoint(), definition, data.manifest().dataset(), config.run().seed());
    TrainingState state = checkpoint.state();
    output.accept(
        "Resuming %s after epoch %d, step %d"
            .formatted(folder.path(), state.progress().epoch(), state.progress().stepInEpoch()));
    try (MetricsLog metrics =
        withEvents(
            MetricsLog.resume(folder.metrics(), state.progress().step()),
            folder,
            state.progress().step())) {
      ModelState model = checkpoint.model();
      FlatParameters.copyFrom(model.parameters(), checkpoint.graph().params());
      return train(folder, metrics, checkpoint.graph(), model, state, epochs);
    }
  }

  private MetricsLog withEvents(MetricsLog metrics, RunFolder folder, long stepsDone)
      throws IOException {
    return config.run().tensorboard()
        ? metrics.with(EventFile.open(folder.path(), stepsDone))
        : metrics;
  }

  private Trained train(
      RunFolder folder,
      MetricsLog metrics,
      ComputationGraph graph,
      ModelState model,
      TrainingState state,
      int epochs)
      throws IOException {
    ProgressLine lines =
        new ProgressLine(
            output, config.training().epochs(), stepsPerEpoch(), state.progress().step());
    lines.line(description());
    if (!config.optimizer().extras().isEmpty()) {
      lines.line("optimizer: " + config.optimizer().extras());
    }
    try (Evaluator validation =
        data.validationExamples() == 0 ? null : evaluator(graph, "validation", Split.TRAIN)) {
      TrainingState ended =
          config.averaging().engine() == Engine.DL4J
              ? stock(graph, validation, folder, metrics, lines, state)
              : own(graph, model, validation, folder, metrics, lines, state, epochs);
      return new Trained(folder, graph, ended, lines);
    }
  }

  private TrainingState own(
      ComputationGraph graph,
      ModelState model,
      Evaluator validation,
      RunFolder folder,
      MetricsLog metrics,
      ProgressLine lines,
      TrainingState state,
      int epochs)
      throws IOException {
    LearningRateSchedule schedule =
        config.optimizer().schedule(stepsPerEpoch(), config.training().epochs());
    try (NormsLog log = normsLog(folder, state.progress());
        NormsMonitor norms = norms(log);
        ParameterAveragingMaster master =
            new ParameterAveragingMaster(
                new AveragingSettings(
                    config.averaging().frequency(),
                    config.averaging().aggregationGroup(),
                    threads(),
                    config.training().lossBound(),
                    Precision.parse(config.training().precision()),
                    config.optimizer().emaDecay(),
                    config.averaging().transport(),
                    SeedStream.of(config.run().seed())),
                optimizer(config, definition),
                schedule::at,
                shardLoader())) {
      master.name(folder.path().getFileName().toString());
      if (norms != null && state.progress().round() == 0) {
        norms.measure(graph, 0, schedule.at(0));
      }
      master.runJobsWith(watch);
      master.resume(state.progress(), model.velocity(), model.average());
      return new Trainer(
              new SparkComputationGraph(context, graph, master),
              master,
              shards(),
              validation,
              folder,
              metrics,
              norms,
              lines,
              new Trainer.Schedule(
                  epochs,
                  config.training().evaluateEveryEpochs(),
                  config.training().checkpointEveryRounds()),
              state)
          .train();
    }
  }

  /** Null if nobody asks for norms. */
  private NormsLog normsLog(RunFolder folder, Progress progress) throws IOException {
    if (config.training().normsEveryRounds() == 0) {
      return null;
    }
    return progress.round() == 0
        ? NormsLog.create(folder.norms())
        : NormsLog.resume(folder.norms(), progress.round());
  }

  /** Null without a log. */
  private NormsMonitor norms(NormsLog log) throws IOException {
    return log == null
        ? null
        : new NormsMonitor(
            config.training().normsEveryRounds(),
            NormDiagnosis.batch(
                data, config.training().globalBatchSize(), config, context.hadoopConfiguration()),
            ParameterRule.learningRateFactors(optimizer(config, definition).rules(), definition),
            log::append);
  }

  /**
   * The optimizer's constants for a network.
   *
   * @throws IllegalArgumentException if a rule for some layers fits none of the network's
   */
  static OptimizerSettings optimizer(IsonormConfig config, NetworkDefinition definition) {
    OptimizerConfig optimizer = config.optimizer();
    List<ParameterRule> rules = new ArrayList<>(definition.optimizerRules());
    rules.addAll(optimizer.rules());
    ParameterRule.check(rules, definition);
    return new OptimizerSettings(
        optimizer.learningRate(),
        optimizer.momentum(),
        optimizer.weightDecay(),
        optimizer.nesterov(),
        rules,
        new GradientClipping(optimizer.clipNorm(), optimizer.adaptiveClipping()));
  }

  private TrainingState stock(
      ComputationGraph graph,
      Evaluator validation,
      RunFolder folder,
      MetricsLog metrics,
      ProgressLine lines,
      TrainingState state)
      throws IOException {
    return new StockAveraging(
            context, graph, shards(), shardLoader(), validation, folder, metrics, lines, config)
        .train(state);
  }

  /** The one look at the test split: the best checkpoint, or the last where none was chosen. */
  private Evaluation finish(Trained trained) throws IOException {
    RunFolder folder = trained.folder();
    ComputationGraph graph = trained.graph();
    TrainingState state = trained.state();
    boolean chosen = state.bestEpoch() > 0;
    Path checkpoint = chosen ? folder.bestCheckpoint() : folder.lastCheckpoint();
    byte[] last = FlatParameters.toBytes(graph.params());
    FlatParameters.copyFrom(
        FlatParameters.toBytes(Checkpoint.load(checkpoint).graph().params()), graph.params());
    Evaluator.Illustrated illustrated;
    try (Evaluator test = evaluator(graph, "test", Split.TEST)) {
      illustrated =
          test.evaluate(graph, chosen ? "best" : "last", config.run().samplePredictions());
    }
    Evaluation evaluation = illustrated.evaluation();
    FlatParameters.copyFrom(last, graph.params());
    if (chosen) {
      evaluation =
          evaluation.withValidation(
              new Evaluation.Selection(
                  state.bestEpoch(), state.bestAccuracy(), state.lastAccuracy()));
    }
    folder.publishModel(checkpoint);
    folder.writeEvaluation(evaluation);
    if (config.run().samplePredictions() > 0) {
      folder.writePredictions(Predictions.of(evaluation, illustrated.samples()));
    }
    Path report = RunReport.render(folder.path());
    trained
        .lines()
        .line(
            "test loss %.4f, accuracy %.2f%% over %d examples (%s)"
                .formatted(
                    evaluation.loss(),
                    100 * evaluation.top1Accuracy(),
                    evaluation.examples(),
                    chosen
                        ? "epoch %d, best on validation".formatted(state.bestEpoch())
                        : "last epoch"));
    return evaluation;
  }

  private Evaluator evaluator(ComputationGraph graph, String name, Split split) {
    return new Evaluator(
        context,
        watch,
        graph,
        name,
        data.folder(),
        data.manifest(),
        split,
        split == Split.TEST ? data.test() : data.validation(),
        workers(),
        config.training().evaluationBatchSize(),
        threads());
  }

  private JavaRDD<String> shards() {
    List<String> references =
        ShardReference.split(data.folder(), Split.TRAIN, data.training(), workers()).stream()
            .map(ShardReference::toString)
            .toList();
    return context.parallelize(references, references.size());
  }

  private ParameterAveragingMaster.ShardLoader shardLoader() {
    DatasetManifest manifest = data.manifest();
    BatchAssembler assembler = BatchAssembler.of(manifest, config.augmentation().settings());
    int batchSize = config.workerBatchSize();
    long seed = config.run().seed();
    return (shard, hadoop) ->
        new ShardBatches(
            shard.worker(),
            ShardReader.read(manifest, shard.dataset(), shard.split(), shard.positions(), hadoop),
            assembler,
            batchSize,
            seed);
  }

  /**
   * Checks that every worker's shard has at least a batch.
   *
   * @throws IllegalArgumentException if not, with the numbers
   */
  static void checkShards(IsonormConfig config, TrainingData data) {
    int workers = config.averaging().workers();
    long smallest = data.training().size() / workers;
    if (config.workerBatchSize() > smallest) {
      throw new IllegalArgumentException(
          "Invalid training.global-batch-size: %d is %d examples for each of %d workers, but a worker's shard has %d (must be at most %d)"
              .formatted(
                  config.training().globalBatchSize(),
                  config.workerBatchSize(),
                  workers,
                  smallest,
                  smallest * workers));
    }
  }

  /** Local steps an epoch: those of the largest shard. */
  private long stepsPerEpoch() {
    long largest = (data.training().size() + workers() - 1) / workers();
    return (largest + config.workerBatchSize() - 1) / config.workerBatchSize();
  }

  private int epochs() {
    return config.training().epochs();
  }

  private int workers() {
    return config.averaging().workers();
  }

  private int threads() {
    int threads = config.training().threadsPerWorker();
    if (threads > 0) {
      return threads;
    }
    if (context.isLocal()) {
      return Math.max(1, Runtime.getRuntime().availableProcessors() / (workers() * parallelRuns));
    }
    return Integer.parseInt(context.getConf().get("spark.task.cpus", "1"));
  }

  private String description() {
    return "%s on %s: %d workers x %d = global batch %d, averaging every %d steps, %d + %d + %d examples, %d threads a worker"
        .formatted(
            definition.name(),
            data.manifest().dataset(),
            workers(),
            config.workerBatchSize(),
            config.training().globalBatchSize(),
            config.averaging().frequency(),
            data.training().size(),
            data.validationExamples(),
            data.test().size(),
            threads());
  }

  private static void checkSameConfiguration(IsonormConfig config, Path folder) throws IOException {
    Path file = new RunFolder(folder).config();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "Invalid --resume: %s is not a run's folder (it has no config.conf)".formatted(folder));
    }
    List<String> before =
        IsonormConfig.load(Optional.of(file), List.of())
            .onClusterOf(config)
            .render()
            .lines()
            .toList();
    List<String> now = config.render().lines().toList();
    for (int line = 0; line < now.size(); line++) {
      if (line >= before.size() || !now.get(line).equals(before.get(line))) {
        throw new IllegalArgumentException(
            "Invalid --resume: the configuration now says '%s', which %s does not (resume with the run's own configuration, or choose another --output)"
                .formatted(now.get(line).strip(), file));
      }
    }
  }
}
