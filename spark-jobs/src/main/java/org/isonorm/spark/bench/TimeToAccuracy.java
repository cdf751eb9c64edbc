package org.isonorm.spark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsRow;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.storage.Storage;
import org.isonorm.spark.train.TrainingJob;

/**
 * Trains a recipe whole, here and in PyTorch in turn on the same images, seed by seed, and says how
 * long each took to an accuracy.
 */
public final class TimeToAccuracy {
  private static final String OWN = "isonorm";

  /** Task slots that a machine of a single core is asked for all the same. */
  private static final int FEW_SLOTS = 2;

  private final TimeToAccuracySettings settings;
  private final IsonormConfig recipe;
  private final Consumer<String> progress;
  private final List<AccuracyRun> runs = new ArrayList<>();
  private final List<BenchmarkResult.MissingPeer> missing = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private TimeToAccuracy(TimeToAccuracySettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.recipe = settings.recipe();
    this.progress = progress;
  }

  /**
   * Runs the benchmark; it starts and stops Spark for every run.
   *
   * @param progress takes a line now and then
   * @throws IllegalArgumentException in one sentence with the remedy, if the recipe cannot work
   * @throws IOException if its data set is not there
   */
  public static TimeToAccuracyResult run(TimeToAccuracySettings settings, Consumer<String> progress)
      throws IOException {
    return new TimeToAccuracy(settings, progress).run();
  }

  private TimeToAccuracyResult run() throws IOException {
    try (Scratch scratch = new Scratch()) {
      Optional<Torch> torch = Optional.empty();
      Path images = Files.createDirectory(scratch.path().resolve("images"));
      for (int i = 0; i < settings.seeds(); i++) {
        long seed = recipe.run().seed() + i;
        tell(own(seed, scratch.path().resolve("run-" + seed)));
        // The data set may have been drawn by our run.
        TrainingData data = data();
        if (i == 0) {
          torch = torch(data, images);
        }
        if (torch.isPresent()) {
          torch = inTorch(torch.get(), seed, data, images);
        }
      }
    }
    return result(data());
  }

  private TrainingData data() throws IOException {
    return TrainingData.find(recipe.data(), Storage.hadoop()).orElseThrow();
  }

  private AccuracyRun own(long seed, Path folder) throws IOException {
    IsonormConfig config =
        recipe.with(List.of(new Setting("run.seed", Long.toString(seed), "--seeds")));
    long start = System.nanoTime();
    Evaluation evaluation;
    try (SparkSession spark =
        SparkSessions.open(
            config.spark().appName(),
            config.spark().properties(),
            Math.min(config.averaging().workers(), FEW_SLOTS))) {
      evaluation = TrainingJob.run(config, folder, false, spark, line -> progress(OWN, seed, line));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Metrics metrics = Metrics.load(new RunFolder(folder).metrics());
    OptionalDouble augmented = evaluation.augmentedTop1Accuracy();
    return new AccuracyRun(
        OWN,
        seed,
        evaluation.top1Accuracy(),
        augmented.isPresent() ? augmented.getAsDouble() : null,
        validations(metrics),
        metrics.trainingSeconds()[metrics.epochs().size() - 1],
        seconds);
  }

  private static List<AccuracyRun.Validation> validations(Metrics metrics) {
    double[] seconds = metrics.trainingSeconds();
    return IntStream.range(0, seconds.length)
        .filter(i -> metrics.epochs().get(i).validationAccuracy().isPresent())
        .mapToObj(
            i -> {
              MetricsRow epoch = metrics.epochs().get(i);
              return new AccuracyRun.Validation(
                  Math.toIntExact(epoch.epoch()), epoch.validation(), seconds[i]);
            })
        .toList();
  }

  private Optional<Torch> torch(TrainingData data, Path images) throws IOException {
    try {
      TorchRecipe.check(recipe, data.manifest().shape(), data.manifest().classes());
      Torch torch = Torch.newest(settings.pythons());
      notes.add(torch.describe());
      CifarFiles.write(data, images, Storage.hadoop());
      return Optional.of(torch);
    } catch (IllegalStateException | UnsupportedOperationException e) {
      return missing("PyTorch", e);
    }
  }

  private Optional<Torch> inTorch(Torch torch, long seed, TrainingData data, Path images) {
    String name = "PyTorch " + torch.version();
    try {
      tell(
          TorchRecipe.run(
              torch,
              TorchRecipe.arguments(recipe, data.manifest(), images, seed, threads()),
              seed,
              line -> progress(name, seed, line)));
      return Optional.of(torch);
    } catch (IOException | RuntimeException e) {
      return missing(name, e);
    }
  }

  private Optional<Torch> missing(String name, Exception reason) {
    String sentence = TrainingFailedException.cause(reason);
    missing.add(new BenchmarkResult.MissingPeer(name, recipe.training().precision(), sentence));
    progress.accept(String.format(Locale.ROOT, "%s is left out: %s", name, sentence));
    return Optional.empty();
  }

  private void progress(String engine, long seed, String line) {
    progress.accept(String.format(Locale.ROOT, "%s, seed %d: %s", engine, seed, line));
  }

  private void tell(AccuracyRun run) {
    runs.add(run);
    progress(
        run.engine(),
        run.seed(),
        String.format(
            Locale.ROOT,
            "accuracy %.4f, %.1f s of training, %.1f s in all",
            run.accuracy(),
            run.trainingSeconds(),
            run.seconds()));
  }

  /** Of all workers of ours together. */
  private int threads() {
    int workers = recipe.averaging().workers();
    int perWorker = recipe.training().threadsPerWorker();
    return perWorker > 0
        ? perWorker * workers
        : Math.max(workers, Runtime.getRuntime().availableProcessors());
  }

  private TimeToAccuracyResult result(TrainingData data) {
    return new TimeToAccuracyResult(
        recipe.run().name(),
        recipe.network().name(),
        recipe.data().dataset().id(),
        recipe.training().precision(),
        recipe.training().epochs(),
        recipe.training().globalBatchSize(),
        data.training().size(),
        data.validation().size(),
        data.test().size(),
        threads(),
        settings.target(),
        TimeToAccuracyResult.engines(runs, settings.target()),
        List.copyOf(runs),
        List.copyOf(missing),
        List.copyOf(notes));
  }
}
