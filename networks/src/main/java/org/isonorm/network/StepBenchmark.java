package org.isonorm.network;

import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.kernel.KernelProvider;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PartTimes;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.StepPart;
import org.isonorm.network.kernel.TimedKernels;

/**
 * Times the training steps of one replica on a fixed batch of random images, part by part. The
 * steps are those of {@link TrainingStep}; two clock readings a kernel call are all that is added.
 * Belongs to the thread that made it.
 */
public final class StepBenchmark {
  private static final double NANOSECONDS = 1e9;

  private final TrainingStep step;
  private final RandomBatch batch;
  private final OptimizerSettings optimizer;
  private final PartTimes times;

  private StepBenchmark(
      TrainingStep step, RandomBatch batch, OptimizerSettings optimizer, PartTimes times) {
    this.step = step;
    this.batch = batch;
    this.optimizer = optimizer;
    this.times = times;
  }

  /**
   * A replica of a network, started by the batch-normalization rule.
   *
   * @param batchSize images of a step
   * @param kernels what it computes with
   * @param precision of activations
   * @param seed of weights and images
   */
  public static StepBenchmark of(
      NetworkDefinition definition,
      int batchSize,
      OptimizerSettings optimizer,
      Kernels kernels,
      Precision precision,
      long seed) {
    PartTimes times = new PartTimes();
    TrainingStep step =
        KernelProvider.with(
            new TimedKernels(kernels, times),
            () -> {
              ComputationGraph graph = Networks.build(definition);
              GraphInitializer.initialize(
                  graph,
                  InitializationPlan.of(Networks.topology(definition), Initialization.bnGamma(1)),
                  seed);
              return TrainingStep.of(graph, precision);
            });
    return new StepBenchmark(step, RandomBatch.of(definition, batchSize, seed), optimizer, times);
  }

  /** Takes that many steps, at least one. */
  public StepTimes run(int steps) {
    times.take();
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step.compute(batch.features(), batch.labels());
      step.update(optimizer);
    }
    double seconds = (System.nanoTime() - start) / NANOSECONDS;
    Map<StepPart, Double> parts = times.take();
    parts.replaceAll((part, sum) -> sum / steps);
    return StepTimes.of(seconds / steps, parts);
  }
}
