package org.isonorm.spark.bench;

import org.isonorm.network.benchmark.StockStepBenchmark;
import org.isonorm.network.kernel.Precision;

/** The network of DL4J's own layers. */
final class StockEngine implements PeerEngine {
  private static final double NANOSECONDS = 1e9;

  private final Replicas<StockStepBenchmark> replicas;

  StockEngine(BenchmarkSettings settings, long seed) {
    replicas =
        new Replicas<>(
            settings.workers(),
            settings.threads(),
            () ->
                settings.task() == BenchmarkTask.INFERENCE
                    ? StockStepBenchmark.ofInference(settings.network(), settings.batch(), seed)
                    : StockStepBenchmark.of(
                        settings.network(), settings.batch(), settings.optimizer(), seed));
    run(settings.warmUp());
  }

  @Override
  public String name() {
    return "stock DL4J";
  }

  @Override
  public Precision precision() {
    return Precision.FLOAT32;
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
