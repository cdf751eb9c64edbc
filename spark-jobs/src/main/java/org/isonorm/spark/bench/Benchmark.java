package org.isonorm.spark.bench;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.isonorm.network.benchmark.StepBenchmark;
import org.isonorm.network.benchmark.StepPart;
import org.isonorm.network.benchmark.StepTimes;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.TrainingFailedException;

/**
 * Times training steps in rounds; where there are peers, every round times each engine once, so
 * that whatever else the machine does meets all of them alike. Workers do not average their
 * parameters.
 */
public final class Benchmark {
  private static final long SEED = 0;
  private static final double NANOSECONDS = 1e9;

  private final BenchmarkSettings settings;
  private final Consumer<String> progress;
  private final List<Contender> peers = new ArrayList<>();
  private final List<BenchmarkResult.MissingPeer> missing = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** A peer, the steps of its rounds, and what a step took in each so far, in seconds. */
  private record Contender(PeerEngine engine, int steps, List<Double> rounds) {}

  private Benchmark(BenchmarkSettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Runs the benchmark.
   *
   * @param progress takes a line now and then
   * @throws IllegalArgumentException if the kernels asked for cannot run here
   */
  public static BenchmarkResult run(BenchmarkSettings settings, Consumer<String> progress) {
    return new Benchmark(settings, progress).run();
  }

  private BenchmarkResult run() {
    Kernels kernels = KernelProvider.kernels(settings.kernel().orElse(""));
    // Refuses what this machine cannot before anything warms up.
    kernels.withPrecision(settings.precision());
    List<StepTimes> rounds = new ArrayList<>();
    try (Replicas<StepBenchmark> replicas =
        new Replicas<>(
            settings.workers(),
            settings.threads(),
            () -> replica(settings, kernels, settings.precision()))) {
      progress.accept(
          String.format(Locale.ROOT, "Warming up: %s", Plural.of(settings.warmUp(), "step")));
      round(replicas, settings.warmUp());
      startPeers(kernels, round(replicas, 1).seconds());
      for (int i = 1; i <= settings.rounds(); i++) {
        StepTimes own = round(replicas, settings.steps());
        rounds.add(own);
        List.copyOf(peers).forEach(this::round);
        progress.accept(
            String.format(
                Locale.ROOT,
                "Round %d of %d: %s%s",
                i,
                settings.rounds(),
                Plural.imagesPerSecond("%.4g", imagesPerSecond(own.seconds())),
                peers.stream()
                    .map(
                        peer ->
                            String.format(
                                Locale.ROOT,
                                ", %s (%s) %s",
                                peer.engine().name(),
                                peer.engine().precision().label(),
                                rate(peer.rounds().get(peer.rounds().size() - 1))))
                    .collect(Collectors.joining())));
      }
    } finally {
      peers.forEach(peer -> peer.engine().close());
    }
    return result(kernels, rounds);
  }

  /** A round of a peer, which leaves the benchmark if it fails. */
  private void round(Contender peer) {
    try {
      peer.rounds().add(peer.engine().run(peer.steps()));
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      peers.remove(peer);
      peer.engine().close();
      missing(peer.engine().name(), peer.engine().precision(), e);
    }
  }

  /** What a replica of Isonorm's own does. */
  static StepBenchmark replica(BenchmarkSettings settings, Kernels kernels, Precision precision) {
    return settings.task() == BenchmarkTask.INFERENCE
        ? StepBenchmark.ofInference(settings.network(), settings.batch(), kernels, SEED)
        : StepBenchmark.of(
            settings.network(), settings.batch(), settings.optimizer(), kernels, precision, SEED);
  }

  private StepTimes round(Replicas<StepBenchmark> replicas, int steps) {
    long start = System.nanoTime();
    List<StepTimes> times = replicas.run(replica -> replica.run(steps));
    return StepTimes.sideBySide((System.nanoTime() - start) / NANOSECONDS / steps, times);
  }

  private void startPeers(Kernels kernels, double ownSeconds) {
    if (settings.peers().contains(PeerKind.FLOAT32) && settings.precision() != Precision.FLOAT32) {
      start(
          "isonorm float32",
          Precision.FLOAT32,
          () -> new OwnEngine("float32", settings, kernels, Precision.FLOAT32),
          ownSeconds);
    }
    if (settings.peers().contains(PeerKind.DIRECT)) {
      start(
          "isonorm direct",
          settings.precision(),
          () ->
              new OwnEngine(
                  "direct",
                  settings,
                  KernelProvider.kernels(KernelProvider.DIRECT),
                  settings.precision()),
          ownSeconds);
    }
    if (settings.peers().contains(PeerKind.UNFROZEN)) {
      start(
          "isonorm unfrozen",
          settings.precision(),
          () -> new OwnEngine("unfrozen", settings.unfrozen(), kernels, settings.precision()),
          ownSeconds);
    }
    if (settings.peers().contains(PeerKind.DL4J)) {
      start("stock DL4J", Precision.FLOAT32, () -> new StockEngine(settings, SEED), ownSeconds);
    }
    if (settings.peers().contains(PeerKind.PYTORCH)) {
      startTorch(ownSeconds);
    }
    if (settings.peers().contains(PeerKind.DJL)) {
      startDjl(ownSeconds);
    }
  }

  private void startTorch(double ownSeconds) {
    try {
      List<String> arguments = StepArguments.of(settings, Torch.NAME);
      Torch torch = Torch.newest(settings.pythons());
      notes.add(torch.describe());
      progress.accept(torch.describe());
      for (TorchVariant variant : TorchVariant.ALL) {
        if (variant.compiled()) {
          progress.accept("PyTorch compiles the network now, which takes minutes of a deep one");
        }
        start(
            variant.name(torch.version()),
            variant.precision(),
            () ->
                new ProcessEngine(
                    Torch.NAME,
                    variant::name,
                    variant.precision(),
                    settings,
                    () -> torch.step(variant, arguments)),
            ownSeconds);
      }
    } catch (UnsupportedOperationException | IllegalStateException e) {
      missing(Torch.NAME, Precision.FLOAT32, e);
    }
  }

  private void startDjl(double ownSeconds) {
    try {
      List<String> arguments = StepArguments.of(settings, Djl.NAME);
      Djl djl = Djl.in(settings.djl());
      notes.add(djl.describe());
      progress.accept(djl.describe());
      start(
          Djl.NAME,
          Precision.FLOAT32,
          () ->
              new ProcessEngine(
                  Djl.NAME, Djl::name, Precision.FLOAT32, settings, () -> djl.start(arguments)),
          ownSeconds);
    } catch (UnsupportedOperationException | IllegalStateException e) {
      missing(Djl.NAME, Precision.FLOAT32, e);
    }
  }

  /**
   * Warms a peer up and adds it, with rounds that take about as long as ours, but for one step at
   * least. One that cannot is left out with the reason.
   */
  private void start(
      String name, Precision precision, Supplier<PeerEngine> engine, double ownSeconds) {
    progress.accept(
        String.format(
            Locale.ROOT,
            "Warming up %s, %s: %d steps",
            name,
            precision.label(),
            settings.warmUp()));
    try {
      PeerEngine started = engine.get();
      peers.add(new Contender(started, steps(started, ownSeconds), new ArrayList<>()));
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      missing(name, precision, e);
    }
  }

  private int steps(PeerEngine engine, double ownSeconds) {
    try {
      long steps = Math.round(settings.steps() * ownSeconds / engine.run(1));
      return (int) Math.max(1, Math.min(settings.steps(), steps));
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private void missing(String name, Precision precision, Throwable reason) {
    String sentence = TrainingFailedException.cause(reason);
    missing.add(new BenchmarkResult.MissingPeer(name, precision.label(), sentence));
    progress.accept(
        String.format(Locale.ROOT, "%s, %s, is left out: %s", name, precision.label(), sentence));
  }

  private BenchmarkResult result(Kernels kernels, List<StepTimes> rounds) {
    StepTimes median = StepTimes.median(rounds);
    DoubleSummaryStatistics seconds =
        rounds.stream().mapToDouble(StepTimes::seconds).summaryStatistics();
    return new BenchmarkResult(
        settings.task().label(),
        settings.network().name(),
        settings.network().width(),
        settings.network().classes(),
        settings.network().imageHeight(),
        settings.network().imageWidth(),
        settings.batch(),
        settings.workers(),
        settings.threads(),
        Runtime.getRuntime().availableProcessors(),
        kernels.name(),
        settings.precision().label(),
        settings.warmUp(),
        settings.rounds(),
        settings.steps(),
        imagesPerSecond(median.seconds()),
        median.seconds(),
        seconds.getMin(),
        seconds.getMax(),
        breakdown(median),
        median.primitives(),
        median.seconds() / median.primitives(),
        peers.stream().map(peer -> peer(peer, median.seconds())).toList(),
        missing,
        notes);
  }

  private BenchmarkResult.Peer peer(Contender peer, double ownSeconds) {
    double seconds = Medians.of(peer.rounds());
    return new BenchmarkResult.Peer(
        peer.engine().name(),
        peer.engine().precision().label(),
        peer.steps(),
        imagesPerSecond(seconds),
        seconds,
        seconds / ownSeconds);
  }

  private static Map<String, Double> breakdown(StepTimes times) {
    Map<String, Double> breakdown = new LinkedHashMap<>();
    for (StepPart part : StepPart.values()) {
      breakdown.put(part.label(), times.parts().get(part));
    }
    return breakdown;
  }

  private double imagesPerSecond(double secondsPerStep) {
    return settings.workers() * settings.batch() / secondsPerStep;
  }

  private String rate(double secondsPerStep) {
    return String.format(Locale.ROOT, "%.4g", imagesPerSecond(secondsPerStep));
  }
}
