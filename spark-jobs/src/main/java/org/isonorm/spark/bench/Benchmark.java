package org.isonorm.spark.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.isonorm.network.benchmark.StepBenchmark;
import org.isonorm.network.benchmark.StepPart;
import org.isonorm.network.benchmark.StepTimes;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;

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
    List<StepTimes> rounds = new ArrayList<>();
    List<Contender> peers = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    try (Replicas<StepBenchmark> replicas =
        new Replicas<>(
            settings.workers(),
            settings.threads(),
            () -> replica(settings, kernels, settings.precision()))) {
      progress.accept(String.format(Locale.ROOT, "Warming up: %d steps", settings.warmUp()));
      round(replicas, settings.warmUp());
      startPeers(kernels, round(replicas, 1).seconds(), peers, missing);
      for (int i = 1; i <= settings.rounds(); i++) {
        StepTimes own = round(replicas, settings.steps());
        rounds.add(own);
        peers.forEach(peer -> peer.rounds().add(peer.engine().run(peer.steps())));
        progress.accept(
            String.format(
                Locale.ROOT,
                "Round %d of %d: %s images/s%s",
                i,
                settings.rounds(),
                rate(own.seconds()),
                peers.stream()
                    .map(
                        peer ->
                            String.format(
                                Locale.ROOT,
                                ", %s %s",
                                peer.engine().name(),
                                rate(peer.rounds().get(peer.rounds().size() - 1))))
                    .collect(Collectors.joining())));
      }
    } finally {
      peers.forEach(peer -> peer.engine().close());
    }
    return result(kernels, rounds, peers, missing);
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

  private void startPeers(
      Kernels kernels, double ownSeconds, List<Contender> peers, List<String> missing) {
    if (settings.peers().contains(PeerKind.FLOAT32) && settings.precision() != Precision.FLOAT32) {
      progress.accept(
          String.format(Locale.ROOT, "Warming up float32: %d steps", settings.warmUp()));
      start(
          new OwnEngine(Precision.FLOAT32.label(), settings, kernels, Precision.FLOAT32),
          ownSeconds,
          peers);
    }
    if (settings.peers().contains(PeerKind.DIRECT)) {
      progress.accept(
          String.format(
              Locale.ROOT, "Warming up direct convolutions: %d steps", settings.warmUp()));
      Kernels direct = KernelProvider.kernels(KernelProvider.DIRECT);
      start(new OwnEngine("direct", settings, direct, settings.precision()), ownSeconds, peers);
    }
    if (settings.peers().contains(PeerKind.UNFROZEN)) {
      progress.accept(
          String.format(
              Locale.ROOT, "Warming up with every layer trained: %d steps", settings.warmUp()));
      start(
          new OwnEngine("unfrozen", settings.unfrozen(), kernels, settings.precision()),
          ownSeconds,
          peers);
    }
    if (settings.peers().contains(PeerKind.DL4J)) {
      progress.accept(
          String.format(
              Locale.ROOT, "Warming up stock DL4J: %d steps, slow ones", settings.warmUp()));
      start(new StockEngine(settings, SEED), ownSeconds, peers);
    }
    if (settings.peers().contains(PeerKind.PYTORCH)) {
      startTorch(ownSeconds, peers, missing);
    }
  }

  private void startTorch(double ownSeconds, List<Contender> peers, List<String> missing) {
    progress.accept(String.format(Locale.ROOT, "Warming up PyTorch: %d steps", settings.warmUp()));
    Optional<TorchEngine> torch = TorchEngine.start(settings);
    if (torch.isPresent()) {
      start(torch.get(), ownSeconds, peers);
    } else {
      progress.accept(TorchEngine.MISSING);
      missing.add(TorchEngine.MISSING);
    }
  }

  /** Adds a peer whose rounds take about as long as ours, but for one step at least. */
  private void start(PeerEngine engine, double ownSeconds, List<Contender> peers) {
    Contender oneStep = new Contender(engine, 1, new ArrayList<>());
    peers.add(oneStep);
    long steps = Math.round(settings.steps() * ownSeconds / engine.run(1));
    peers.set(
        peers.size() - 1,
        new Contender(
            engine, (int) Math.max(1, Math.min(settings.steps(), steps)), new ArrayList<>()));
  }

  private BenchmarkResult result(
      Kernels kernels, List<StepTimes> rounds, List<Contender> peers, List<String> missing) {
    List<StepTimes> sorted =
        rounds.stream().sorted(Comparator.comparingDouble(StepTimes::seconds)).toList();
    StepTimes median = sorted.get(sorted.size() / 2);
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
        sorted.get(0).seconds(),
        sorted.get(sorted.size() - 1).seconds(),
        breakdown(median),
        median.primitives(),
        median.seconds() / median.primitives(),
        peers.stream().map(peer -> peer(peer, median.seconds())).toList(),
        missing);
  }

  private BenchmarkResult.Peer peer(Contender peer, double ownSeconds) {
    double seconds = peer.rounds().stream().sorted().toList().get(peer.rounds().size() / 2);
    return new BenchmarkResult.Peer(
        peer.engine().name(),
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
