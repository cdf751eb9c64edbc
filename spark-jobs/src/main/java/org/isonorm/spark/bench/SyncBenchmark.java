package org.isonorm.spark.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.averaging.AveragingSettings;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.session.SparkSessions;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * Times averaging rounds of one local step on one image a worker: what a round costs beside
 * computing. A small and a large network, in one process and on executor processes, with this
 * project's training master and DL4J's own, all in one run.
 */
public final class SyncBenchmark {
  /** Rounds until Java has compiled what they run; those of a large network do more of it each. */
  private static final int WARM_UP_SMALL = 40;

  private static final int WARM_UP_LARGE = 10;

  /** The stock master takes seconds for a round of a large network. */
  private static final int STOCK_SHARE = 4;

  private static final long LARGE = 10_000_000;
  private static final double LEARNING_RATE = 0.01;
  private static final double MOMENTUM = 0.9;
  private static final long SEED = 1;

  /** Parameters and momentum. */
  private static final int STATE = 2;

  private final SyncSettings settings;
  private final Consumer<String> progress;

  private SyncBenchmark(SyncSettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Runs the benchmark; it starts and stops Spark for every mode.
   *
   * @param progress takes a line now and then
   */
  public static SyncResult run(SyncSettings settings, Consumer<String> progress) {
    SyncBenchmark benchmark = new SyncBenchmark(settings, progress);
    List<SyncResult.Row> rows = new ArrayList<>();
    for (String master : settings.masters()) {
      benchmark.measure(master, rows);
    }
    return new SyncResult(
        settings.workers(), Runtime.getRuntime().availableProcessors(), settings.rounds(), rows);
  }

  private void measure(String master, List<SyncResult.Row> rows) {
    try (JavaSparkContext spark = new JavaSparkContext(conf(master))) {
      spark.setLogLevel("ERROR");
      for (NetworkDefinition definition : settings.networks()) {
        SyncResult.Row own = own(spark, master, definition);
        rows.add(own);
        report(own);
        if (settings.stock()) {
          SyncResult.Row stock = stock(spark, master, definition, own.computeSeconds());
          rows.add(stock);
          report(stock);
        }
      }
    }
  }

  private void report(SyncResult.Row row) {
    progress.accept(
        String.format(
            Locale.ROOT,
            "%s, %s, %s: %.3f s of sync a round",
            row.master(),
            row.network(),
            row.engine(),
            row.syncSeconds()));
  }

  private SparkConf conf(String master) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .set("spark.ui.enabled", "false")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    if (master.startsWith("local-cluster")) {
      // The third number is the workers' memory, which an executor takes whole.
      String memory = master.substring(master.lastIndexOf(',') + 1, master.length() - 1);
      conf.set("spark.executor.memory", memory + "m");
    }
    return SparkSessions.prepare(conf, "isonorm bench --sync", Map.of(), settings.workers());
  }

  private SyncResult.Row own(JavaSparkContext spark, String master, NetworkDefinition definition) {
    ComputationGraph graph = Networks.build(definition);
    int warmUp = warmUp(graph);
    List<RoundSummary> rounds = new ArrayList<>();
    try (ParameterAveragingMaster training =
        new ParameterAveragingMaster(
            new AveragingSettings(1, Math.max(2, settings.workers()), 1, settings.transport()),
            OptimizerSettings.nesterov(LEARNING_RATE, MOMENTUM, 0),
            step -> LEARNING_RATE)) {
      training.listen(rounds::add);
      new SparkComputationGraph(spark, graph, training)
          .fit(images(spark, definition, warmUp + settings.rounds()));
    }
    List<RoundSummary> counted = rounds.subList(warmUp, rounds.size());
    return new SyncResult.Row(
        master,
        definition.name(),
        graph.numParams(),
        settings.transport() == Transport.FLOAT32
            ? "isonorm"
            : "isonorm, " + settings.transport().label(),
        counted.get(0).stateBytes(),
        Medians.of(counted.stream().map(RoundSummary::syncSeconds).toList()),
        Medians.of(counted.stream().map(RoundSummary::wallSeconds).toList()),
        Medians.of(counted.stream().map(RoundSummary::computeSeconds).toList()));
  }

  /** DL4J's own master; it keeps no times, so that computing is taken to cost what ours does. */
  private SyncResult.Row stock(
      JavaSparkContext spark, String master, NetworkDefinition definition, double compute) {
    ComputationGraph graph = Networks.build(definition, new Nesterovs(LEARNING_RATE, MOMENTUM), 0);
    ParameterAveragingTrainingMaster training =
        new ParameterAveragingTrainingMaster.Builder(settings.workers(), 1)
            .batchSizePerWorker(1)
            .averagingFrequency(1)
            .workerPrefetchNumBatches(0)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .repartionData(Repartition.Always)
            .rngSeed(SEED)
            .build();
    SparkComputationGraph network = new SparkComputationGraph(spark, graph, training);
    network.fit(images(spark, definition, Math.max(1, warmUp(graph) / STOCK_SHARE)));
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < settings.stockRounds(); i++) {
      JavaRDD<DataSet> round = images(spark, definition, 1);
      long start = System.nanoTime();
      network.fit(round);
      seconds.add((System.nanoTime() - start) / 1e9);
    }
    double wall = Medians.of(seconds);
    return new SyncResult.Row(
        master,
        definition.name(),
        graph.numParams(),
        "stock DL4J",
        STATE * Float.BYTES * graph.numParams(),
        Math.max(0, wall - compute),
        wall,
        compute);
  }

  /** One image a worker and round, made where it is used: a task carries its partition. */
  private JavaRDD<DataSet> images(
      JavaSparkContext spark, NetworkDefinition definition, int rounds) {
    ImageShape shape =
        new ImageShape(
            definition.imageHeight(), definition.imageWidth(), definition.imageChannels());
    int classes = definition.classes();
    return spark
        .parallelize(IntStream.range(0, settings.workers()).boxed().toList(), settings.workers())
        .flatMap(
            worker -> {
              SplittableRandom random = new SplittableRandom(SEED + worker);
              return Stream.generate(() -> image(shape, classes, random)).limit(rounds).iterator();
            });
  }

  private static DataSet image(ImageShape shape, int classes, SplittableRandom random) {
    float[] pixels = new float[shape.height() * shape.width() * shape.channels()];
    for (int p = 0; p < pixels.length; p++) {
      pixels[p] = (float) random.nextGaussian();
    }
    float[] label = new float[classes];
    label[random.nextInt(classes)] = 1;
    return new DataSet(
        Nd4j.create(pixels, new long[] {1, shape.height(), shape.width(), shape.channels()}, 'c'),
        Nd4j.create(label, new long[] {1, classes}, 'c'));
  }

  private int warmUp(ComputationGraph graph) {
    return settings.warmUp().orElse(graph.numParams() < LARGE ? WARM_UP_SMALL : WARM_UP_LARGE);
  }
}
