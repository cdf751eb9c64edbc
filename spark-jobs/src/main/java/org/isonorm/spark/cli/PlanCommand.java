package org.isonorm.spark.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.DoubleFunction;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.bench.Benchmark;
import org.isonorm.spark.bench.BenchmarkSettings;
import org.isonorm.spark.bench.BenchmarkTask;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.preflight.Residency;
import org.isonorm.spark.scaling.Calibration;
import org.isonorm.spark.scaling.Calibration.Measurement;
import org.isonorm.spark.scaling.CostModel;
import org.isonorm.spark.scaling.CostModel.Prediction;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm plan}. */
@Command(
    name = "plan",
    header = "Predicts images/s, time and efficiency of training on a cluster.",
    description =
        "%nA cost model of computing, broadcast, aggregation and input (docs/scaling.md), with what"
            + " was measured on this or another machine. Starts no Spark; without"
            + " --images-per-second it times the network here first.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm plan --network resnet-20 --workers 1,8,64 --bandwidth 10",
      "  isonorm plan --network vgg-19 --batch 32 --frequency 16 --images-per-second 2000",
      "  isonorm bench --sync --sync-workers 1 --json > one.json",
      "  isonorm bench --sync --sync-workers 2 --json > two.json",
      "  isonorm plan --network vgg-19 --calibration one.json --calibration two.json",
    })
final class PlanCommand implements Callable<Integer> {
  private static final double GIGABIT = 1e9 / 8;
  private static final double PERCENT = 100;
  private static final String PROCESSES = "local-cluster";
  private static final int WARM_UP = 10;
  private static final int ROUNDS = 3;
  private static final int STEPS = 3;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;
  @Mixin private ImageSizeOption imageSize;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description = "The network (the configuration's own).")
  private String network;

  @Option(
      names = "--workers",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,4,8,16,32,64,128,256,512,1000",
      description = "Numbers of executors, a replica each.")
  private List<Integer> workers;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "Images of a worker's local step.")
  private int batch;

  @Option(
      names = "--frequency",
      paramLabel = "K",
      description = "Local steps a round (the configuration's averaging.frequency).")
  private Integer frequency;

  @Option(
      names = "--bandwidth",
      paramLabel = "GBIT",
      defaultValue = "10",
      description = "Network of each machine, each way, in Gbit/s.")
  private double bandwidth;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Examples of an epoch.")
  private long examples;

  @Option(
      names = "--images-per-second",
      paramLabel = "X",
      description = "What a worker computes alone, as bench finds it (timed here).")
  private Double imagesPerSecond;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads of the worker that is timed here.")
  private int threads;

  @Option(
      names = "--input-images-per-second",
      paramLabel = "X",
      description = "What a worker prepares beside computing (never waited for).")
  private Double inputImagesPerSecond;

  @Option(
      names = "--target",
      paramLabel = "E",
      defaultValue = "0.8",
      description = "Efficiency to find the averaging frequency for.")
  private double target;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "What bench --sync --json printed; repeatable, of two numbers of workers at least (this"
              + " project's own measurements).")
  private List<Path> calibrations = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Plan(
      String network,
      long parameters,
      String transport,
      double workerImagesPerSecond,
      double bandwidthGigabits,
      Calibration calibration,
      List<Fit> measured,
      List<Prediction> predictions,
      List<Examples> examples) {}

  /** Where the examples are with a number of workers. */
  record Examples(int workers, boolean streamed, String what, String why) {
    static Examples of(int workers, Residency residency) {
      return new Examples(workers, residency.streamed(), residency.what(), residency.why());
    }
  }

  /** A measured round and what the model says of it. */
  record Fit(Measurement round, double predictedSyncSeconds) {
    double error() {
      return predictedSyncSeconds / round.syncSeconds() - 1;
    }
  }

  @Override
  public Integer call() throws IOException {
    IsonormConfig config =
        options.load(
            network == null
                ? List.of()
                : List.of(new Setting("network.name", network, "--network")));
    NetworkDefinition definition = imageSize.network(config);
    List<Measurement> measurements = measurements();
    Calibration calibration =
        calibrations.isEmpty() ? Calibration.MEASURED : Calibration.fit(measurements);
    long parameters = Networks.build(definition).numParams();
    int steps = frequency == null ? config.averaging().frequency() : frequency;
    DoubleFunction<CostModel> modelAt =
        speed ->
            new CostModel(
                calibration,
                parameters,
                config.optimizer().valuesPerParameter(),
                batch,
                speed,
                inputImagesPerSecond == null ? Double.POSITIVE_INFINITY : inputImagesPerSecond,
                bandwidth * GIGABIT,
                config.averaging().aggregationGroup(),
                config.averaging().transport());
    if (imagesPerSecond == null) {
      // Any speed shows what is wrong with the question, before one is measured for a minute.
      predictions(modelAt.apply(1), steps);
    }
    CostModel model =
        modelAt.apply(imagesPerSecond == null ? timed(definition, config) : imagesPerSecond);
    Plan plan =
        new Plan(
            definition.name(),
            model.parameters(),
            model.transport().label(),
            model.imagesPerSecond(),
            bandwidth,
            calibration,
            measurements.stream().map(m -> new Fit(m, calibration.syncSeconds(m))).toList(),
            predictions(model, steps),
            residencies(config, definition, parameters));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, plan);
    } else {
      print(out, plan);
    }
    return CommandLineInterface.DONE;
  }

  private List<Prediction> predictions(CostModel model, int steps) {
    return workers.stream().map(w -> model.predict(w, steps, examples, target)).toList();
  }

  private List<Examples> residencies(
      IsonormConfig config, NetworkDefinition definition, long parameters) throws IOException {
    ImageShape shape =
        new ImageShape(
            definition.imageHeight(), definition.imageWidth(), definition.imageChannels());
    Optional<DatasetManifest> stored = stored(config.data());
    return workers.stream()
        .map(
            executors ->
                Examples.of(
                    executors,
                    Residency.planned(
                        config, shape, stored, examples, executors, batch, parameters)))
        .toList();
  }

  /** The data set, where one is named that is here already. */
  private static Optional<DatasetManifest> stored(DataConfig data) throws IOException {
    if (data.path().isBlank()) {
      return Optional.empty();
    }
    return Files.exists(Storage.path(data.path()).resolve(DatasetManifest.FILE_NAME))
        ? Optional.of(DatasetManifest.load(data.path(), Storage.hadoop()))
        : Optional.empty();
  }

  private double timed(NetworkDefinition definition, IsonormConfig config) {
    return Benchmark.run(
            new BenchmarkSettings(
                BenchmarkTask.TRAINING,
                definition,
                batch,
                1,
                threads,
                Optional.empty(),
                new OptimizerSettings(
                    config.optimizer().learningRate(), config.optimizer().stepMethod(), 0),
                WARM_UP,
                ROUNDS,
                STEPS,
                Precision.parse(config.training().precision()),
                Set.of(),
                List.of(),
                Path.of("")),
            spec.commandLine().getErr()::println)
        .imagesPerSecond();
  }

  private List<Measurement> measurements() throws IOException {
    List<Measurement> measurements = new ArrayList<>();
    for (Path file : calibrations) {
      JsonNode result = calibration(file);
      for (JsonNode row : result.path("rows")) {
        if (row.path("engine").asText().equals("isonorm")
            && row.path("master").asText().startsWith(PROCESSES)) {
          measurements.add(
              new Measurement(
                  result.path("workers").asInt(),
                  row.path("parameters").asLong(),
                  result.path("cores").asInt(),
                  row.path("syncSeconds").asDouble()));
        }
      }
    }
    return measurements;
  }

  private static JsonNode calibration(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --calibration: %s is a folder (give what isonorm bench --sync --json"
                  + " printed)",
              file));
    }
    try {
      return new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException | CharConversionException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it is not JSON (give what isonorm bench --sync --json printed)",
              file),
          e);
    }
  }

  private void print(PrintWriter out, Plan plan) {
    TextTable table =
        new TextTable(
            ">workers",
            ">global batch",
            ">steps a round",
            ">compute s",
            ">input s",
            ">broadcast s",
            ">aggregation s",
            ">overhead s",
            ">images/s",
            ">efficiency",
            ">epoch s",
            String.format(Locale.ROOT, ">steps for %.0f%%", PERCENT * target),
            "examples");
    for (int i = 0; i < plan.predictions().size(); i++) {
      Prediction p = plan.predictions().get(i);
      table.row(
          p.workers(),
          String.format(Locale.ROOT, "%,d", p.globalBatch()),
          p.frequency(),
          seconds(p.computeSeconds()),
          seconds(p.inputSeconds()),
          seconds(p.broadcastSeconds()),
          seconds(p.aggregationSeconds()),
          seconds(p.overheadSeconds()),
          String.format(Locale.ROOT, "%,.0f", p.imagesPerSecond()),
          String.format(Locale.ROOT, "%.0f%%", PERCENT * p.efficiency()),
          String.format(Locale.ROOT, "%.1f", p.epochSeconds()),
          p.frequencyForTarget() == 0 ? "-" : p.frequencyForTarget(),
          plan.examples().get(i).streamed() ? "streamed" : "resident");
    }
    out.print(table);
    if (!plan.measured().isEmpty()) {
      TextTable fits =
          new TextTable(">workers", ">parameters", ">measured s", ">model s", ">error");
      for (Fit fit : plan.measured()) {
        fits.row(
            fit.round().workers(),
            String.format(Locale.ROOT, "%,d", fit.round().parameters()),
            seconds(fit.round().syncSeconds()),
            seconds(fit.predictedSyncSeconds()),
            String.format(Locale.ROOT, "%+.0f%%", PERCENT * fit.error()));
      }
      out.println();
      out.print(fits);
    }
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s, %,d parameters as %s, %.1f images/s a worker at batch %d, %s Gbit/s, %,d examples"
                + " an epoch, rounds of %.0f ms + %.1f ms a worker + %.2f ns a byte and pass",
            plan.network(),
            plan.parameters(),
            plan.transport(),
            plan.workerImagesPerSecond(),
            batch,
            bandwidth,
            examples,
            1e3 * plan.calibration().roundSeconds(),
            1e3 * plan.calibration().workerSeconds(),
            1e9 * plan.calibration().secondsPerByte()));
    Examples first = plan.examples().get(0);
    out.println(
        String.format(
            Locale.ROOT,
            "with %s: examples %s (%s)",
            Plural.of(first.workers(), "worker"),
            first.what(),
            first.why()));
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f", seconds);
  }
}
