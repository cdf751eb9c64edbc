package org.isonorm.spark.bench;

import org.isonorm.network.benchmark.StepBenchmark;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;

/** Isonorm itself in another precision or with other kernels. */
final class OwnEngine implements PeerEngine {
  private static final double NANOSECONDS = 1e9;

  private final String name;
  private final Precision precision;
  private final Replicas<StepBenchmark> replicas;

  OwnEngine(String name, BenchmarkSettings settings, Kernels kernels, Precision precision) {
    this.name = name;
    this.precision = precision;
    replicas =
        new Replicas<>(
            settings.workers(),
            settings.threads(),
            () -> Benchmark.replica(settings, kernels, precision));
    run(settings.warmUp());
  }

  @Override
  public String name() {
    return "isonorm " + name;
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public double run(int steps) {
    long start = System.nanoTime();
    replicas.run(replica -> replica.run(steps));
    return (System.nanoTime() - start) / NANOSECONDS / steps;
  }

  @Override
  public void close() {
    replicas.close();
  }
}
