package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.bench.Benchmark;
import org.isonorm.spark.bench.BenchmarkResult;
import org.isonorm.spark.bench.BenchmarkSettings;
import org.isonorm.spark.bench.BenchmarkTask;
import org.isonorm.spark.bench.FastRecipes;
import org.isonorm.spark.bench.PeerKind;
import org.isonorm.spark.bench.SyncBenchmark;
import org.isonorm.spark.bench.SyncResult;
import org.isonorm.spark.bench.SyncSettings;
import org.isonorm.spark.bench.TimeToAccuracy;
import org.isonorm.spark.bench.TimeToAccuracyResult;
import org.isonorm.spark.bench.TimeToAccuracySettings;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.OptimizerConfig;
import org.isonorm.spark.config.Scale;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.jobs.Plural;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code isonorm bench}. */
@Command(
    name = "bench",
    header = "Times the training steps, or evaluation, of a network on this machine.",
    description =
        "%nPrints images/s, the time of every part of a step, and the step over the sum of its"
            + " primitives (convolutions, batch normalization, add and ReLU, pooling) in place;"
            + " medians over rounds. Workers do not average their parameters. Needs no data and,"
            + " but for --sync and --time-to-accuracy, starts no Spark.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm bench --network vgg-19",
      "  isonorm bench --network resnet-20 --workers 2 --threads 1 --batch 64",
      "  isonorm bench --network resnet-20 --peers --json",
      "  isonorm bench --network resnet-110 --inference --batch 1000 --peers=pytorch",
      "  isonorm bench --network vgg-19 --precision bf16 --peers=float32,pytorch",
      "  isonorm bench --network resnet-18-imagenet --image-size 224 --batch 16 --peers=pytorch",
      "  isonorm bench --sync --peers",
      "  isonorm bench --time-to-accuracy --seeds 5",
      "  isonorm bench --time-to-accuracy --images 2000 --epochs 1",
    })
final class BenchCommand implements Callable<Integer> {
  private static final double MILLISECONDS = 1e3;
  private static final double PERCENT = 100;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions config;
  @Mixin private ImageSizeOption imageSize;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "Any of the configuration's network.name, such as vgg-19, resnet-110, densenet-100,"
              + " wrn-28-10, resnet-18-imagenet (the configuration's own).")
  private String network;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "Images of one step of one worker.")
  private int batch;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Replicas side by side in this process, each on threads of its own.")
  private int workers;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of each worker's kernels (cores divided by workers).")
  private Integer threads;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description =
          "onednn, onednn-direct (direct convolutions alone), nd4j or reference (the one that"
              + " suits this machine best).")
  private String kernel;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Steps of each engine before the first round, at least 10; with --sync rounds (40 of a"
              + " small network, 10 of a large one).")
  private int warmUp;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds to take the median of.")
  private int rounds;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Steps of a round.")
  private int steps;

  @Option(
      names = "--inference",
      description = "Time evaluation instead of training; a step is then a forward pass.")
  private boolean inference;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "float32",
      description = "float32 or bf16.")
  private String precision;

  @Option(
      names = "--peers",
      paramLabel = "NAMES",
      arity = "0..1",
      fallbackValue = "dl4j,pytorch",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description =
          "Time others as well, in alternating rounds: dl4j (the network of DL4J's own layers),"
              + " pytorch (eager and by torch.compile, in float32 and in bf16), djl (DJL's blocks on its"
              + " PyTorch engine), float32 (beside --precision bf16), direct (direct convolutions alone), unfrozen (every layer trained, beside --set"
              + " optimizer.frozen); dl4j,pytorch where none is named.")
  private List<String> peers = List.of();

  @Option(
      names = "--python",
      paramLabel = "PATHS",
      split = ",",
      defaultValue = "${env:ISONORM_PYTHON:-python3,/usr/bin/python3}",
      description =
          "Pythons, of which the one with the newest PyTorch is a peer (ISONORM_PYTHON, or python3"
              + " and the system's).")
  private List<String> pythons = List.of();

  @Option(
      names = "--djl",
      paramLabel = "DIR",
      defaultValue = "bench/djl/target/jars",
      description =
          "Folder of DJL's jars, which mvn -B -q -f bench/djl/pom.xml package makes in a clone of"
              + " Isonorm's.")
  private Path djl;

  @Option(
      names = "--sync",
      description =
          "Time averaging rounds instead of steps: of --network, or of a network of 271,000"
              + " parameters and one of 20 million, in one process and on executor processes,"
              + " beside DL4J's own master with --peers; with --set averaging.transport=bf16 in"
              + " half precision.")
  private boolean sync;

  @Option(
      names = "--sync-workers",
      paramLabel = "N",
      defaultValue = "2",
      description = "Workers of the rounds of --sync.")
  private int syncWorkers;

  @Option(
      names = "--sync-master",
      paramLabel = "URL",
      showDefaultValue = Visibility.NEVER,
      description = "With --sync, only in this mode, such as local[2]; repeatable.")
  private List<String> syncMasters = new ArrayList<>();

  @Option(
      names = "--time-to-accuracy",
      description =
          "Train a recipe whole instead, here and by PyTorch in turn on the same images: that of"
              + " --config, or of --network fast-94 (the default), fast-95 or fast-96 on CIFAR-10.")
  private boolean timeToAccuracy;

  @Option(
      names = "--target",
      paramLabel = "ACCURACY",
      defaultValue = "0.94",
      description =
          "With --time-to-accuracy, the accuracy whose time counts: of the validation examples after"
              + " an epoch or, where none are held out, of the test images at the end.")
  private double target;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "With --time-to-accuracy, runs of each, at run.seed and the seeds after it.")
  private int seeds;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "With --time-to-accuracy, training images, the first (the recipe's).")
  private Integer images;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description =
          "With --time-to-accuracy, epochs, the learning rate's schedule in proportion (the"
              + " recipe's).")
  private Integer epochs;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    CommandLineInterface.checkNeeded(
        spec, "--time-to-accuracy", "--target", "--seeds", "--images", "--epochs");
    CommandLineInterface.checkNeeded(spec, "--sync", "--sync-workers", "--sync-master");
    if (timeToAccuracy) {
      return timeToAccuracy(err);
    }
    if (sync) {
      return sync(err);
    }
    BenchmarkResult result = Benchmark.run(settings(), err::println);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, result);
    } else {
      print(out, result);
    }
    return CommandLineInterface.DONE;
  }

  private int sync(PrintWriter err) {
    SyncResult result =
        SyncBenchmark.run(
            new SyncSettings(
                network == null
                    ? SyncSettings.SMALL_AND_LARGE
                    : List.of(imageSize.network(chosen())),
                syncWorkers,
                syncMasters.isEmpty() ? SyncSettings.masters(syncWorkers) : syncMasters,
                spec.commandLine().getParseResult().hasMatchedOption("--warm-up")
                    ? OptionalInt.of(warmUp)
                    : OptionalInt.empty(),
                rounds,
                !peers.isEmpty(),
                config.load(List.of()).averaging().transport()),
            err::println);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, result);
      return CommandLineInterface.DONE;
    }
    TextTable table =
        new TextTable(
            "master", "network", ">parameters", "engine", ">state bytes", ">sync ms", ">round ms");
    for (SyncResult.Row row : result.rows()) {
      table.row(
          row.master(),
          row.network(),
          String.format(Locale.ROOT, "%,d", row.parameters()),
          row.engine(),
          String.format(Locale.ROOT, "%,d", row.stateBytes()),
          String.format(Locale.ROOT, "%.0f", MILLISECONDS * row.syncSeconds()),
          String.format(Locale.ROOT, "%.0f", MILLISECONDS * row.wallSeconds()));
    }
    out.print(table);
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s on %s, medians of %s of one step on one image a worker",
            Plural.of(result.workers(), "worker"),
            Plural.of(result.cores(), "core"),
            Plural.of(result.rounds(), "round")));
    return CommandLineInterface.DONE;
  }

  private int timeToAccuracy(PrintWriter err) throws IOException {
    if (sync || inference || !peers.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid --time-to-accuracy: goes with none of --sync, --inference and --peers (PyTorch is"
              + " beside it without being named)");
    }
    TimeToAccuracyResult result =
        TimeToAccuracy.run(
            new TimeToAccuracySettings(recipe(), target, seeds, pythons), err::println);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, result);
    } else {
      TimeToAccuracyText.print(out, result);
    }
    return CommandLineInterface.DONE;
  }

  private IsonormConfig recipe() throws IOException {
    List<Setting> settings = new ArrayList<>();
    given("--images", "data.training-examples", images, settings);
    given("--batch", "training.global-batch-size", batch, settings);
    given("--workers", "averaging.workers", workers, settings);
    given("--threads", "training.threads-per-worker", threads, settings);
    given("--precision", "training.precision", precision, settings);
    if (epochs != null && epochs > 0) {
      settings.addAll(Scale.inEpochs(recipe(List.of()), epochs, "--epochs"));
    } else {
      given("--epochs", "training.epochs", epochs, settings);
    }
    return recipe(settings);
  }

  private void given(String option, String key, Object value, List<Setting> settings) {
    if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
      settings.add(new Setting(key, String.valueOf(value), option));
    }
  }

  private IsonormConfig recipe(List<Setting> settings) throws IOException {
    return config.hasFile()
        ? config.load(settings)
        : FastRecipes.load(
            network == null ? FastRecipes.NETWORKS.get(0) : network,
            file -> config.load(file, settings));
  }

  private IsonormConfig chosen() {
    return config.load(
        network == null ? List.of() : List.of(new Setting("network.name", network, "--network")));
  }

  private BenchmarkSettings settings() {
    IsonormConfig chosen = chosen();
    NetworkDefinition definition = imageSize.network(chosen);
    OptimizerConfig optimizer = chosen.optimizerPerStep();
    int cores = Runtime.getRuntime().availableProcessors();
    return new BenchmarkSettings(
        inference ? BenchmarkTask.INFERENCE : BenchmarkTask.TRAINING,
        definition,
        batch,
        workers,
        threads == null ? Math.max(1, cores / Math.max(1, workers)) : threads,
        Optional.ofNullable(kernel),
        new OptimizerSettings(
                optimizer.learningRate(), optimizer.stepMethod(), optimizer.weightDecay())
            .withFrozen(Networks.frozen(definition, optimizer.frozen())),
        warmUp,
        rounds,
        steps,
        Precision.parse(precision),
        peers.stream().map(PeerKind::parse).collect(Collectors.toSet()),
        pythons,
        djl);
  }

  private static void print(PrintWriter out, BenchmarkResult result) {
    TextTable parts = new TextTable("part of a step", ">ms", ">share");
    result
        .breakdownSecondsPerStep()
        .forEach(
            (part, seconds) -> {
              if (seconds != 0) {
                parts.row(
                    words(part),
                    milliseconds(seconds),
                    String.format(
                        Locale.ROOT, "%.1f%%", PERCENT * seconds / result.secondsPerStep()));
              }
            });
    out.print(parts);
    if (!result.peers().isEmpty() || !result.missingPeers().isEmpty()) {
      out.println();
      out.print(engines(result));
      result.notes().forEach(out::println);
    }
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s of %s, %d x %d images of %d x %d on %d x %d threads, %s kernels, %s: %s images/s, %s ms a step"
                + " (%s to %s over %s), %.2f x the primitives' %s ms",
            result.task(),
            result.network(),
            result.workers(),
            result.batch(),
            result.imageHeight(),
            result.imageWidth(),
            result.workers(),
            result.threads(),
            result.kernel(),
            result.precision(),
            rate(result.imagesPerSecond()),
            milliseconds(result.secondsPerStep()),
            milliseconds(result.fastestSecondsPerStep()),
            milliseconds(result.slowestSecondsPerStep()),
            Plural.of(result.rounds(), "round"),
            result.stepToPrimitives(),
            milliseconds(result.primitivesSecondsPerStep())));
  }

  private static TextTable engines(BenchmarkResult result) {
    TextTable engines =
        new TextTable("engine", "precision", ">images/s", ">ms a step", ">isonorm's speed", "");
    engines.row(
        "isonorm",
        result.precision(),
        rate(result.imagesPerSecond()),
        milliseconds(result.secondsPerStep()),
        "",
        "");
    for (BenchmarkResult.Peer peer : result.peers()) {
      engines.row(
          peer.name(),
          peer.precision(),
          rate(peer.imagesPerSecond()),
          milliseconds(peer.secondsPerStep()),
          String.format(Locale.ROOT, "%.2fx", peer.speedup()),
          "");
    }
    for (BenchmarkResult.MissingPeer peer : result.missingPeers()) {
      engines.row(peer.name(), peer.precision(), "-", "-", "-", peer.reason());
    }
    return engines;
  }

  private static String words(String camelCase) {
    return camelCase.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static String milliseconds(double seconds) {
    return String.format(Locale.ROOT, "%.2f", MILLISECONDS * seconds);
  }

  private static String rate(double imagesPerSecond) {
    return imagesPerSecond < 100
        ? String.format(Locale.ROOT, "%.1f", imagesPerSecond)
        : String.format(Locale.ROOT, "%,.0f", imagesPerSecond);
  }
}
