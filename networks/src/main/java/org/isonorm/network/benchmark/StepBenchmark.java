package org.isonorm.network.benchmark;

import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;

/**
 * Times what one replica does on a fixed batch of random images, part by part. Its steps are those
 * of {@link TrainingStep} or calls of {@link Inference}; two clock readings a kernel call are all
 * that is added. Belongs to the thread that made it.
 */
public final class StepBenchmark {
  private static final double NANOSECONDS = 1e9;

  private final Runnable step;
  private final PartTimes times;

  private StepBenchmark(Runnable step, PartTimes times) {
    this.step = step;
    this.times = times;
  }

  /**
   * Training of a network, started by the batch-normalization rule.
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
    TrainingStep training =
        TrainingStep.of(
            graph(definition, seed),
            TimedKernels.of(kernels, times),
            precision,
            optimizer.frozen());
    RandomBatch batch = RandomBatch.of(definition, batchSize, seed);
    return new StepBenchmark(
        () -> {
          training.compute(batch.features(), batch.labels());
          training.update(optimizer);
        },
        times);
  }

  /**
   * Inference of a network, started by the batch-normalization rule.
   *
   * @param batchSize images of a call
   * @param kernels what it computes with
   * @param seed of weights and images
   */
  public static StepBenchmark ofInference(
      NetworkDefinition definition, int batchSize, Kernels kernels, long seed) {
    PartTimes times = new PartTimes();
    Inference inference = Inference.of(graph(definition, seed), TimedKernels.of(kernels, times));
    RandomBatch batch = RandomBatch.of(definition, batchSize, seed);
    return new StepBenchmark(() -> inference.output(batch.features()), times);
  }

  private static ComputationGraph graph(NetworkDefinition definition, long seed) {
    ComputationGraph graph = Networks.build(definition);
    Initialization initialization =
        definition.normalization() == Normalization.FIXUP
            ? Initialization.byRule("fixup")
            : Initialization.bnGamma(1);
    GraphInitializer.initialize(
        graph, InitializationPlan.of(Networks.topology(definition), initialization), seed);
    return graph;
  }

  /** Takes that many steps, at least one. */
  public StepTimes run(int steps) {
    times.take();
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    double seconds = (System.nanoTime() - start) / NANOSECONDS;
    Map<StepPart, Double> parts = times.take();
    parts.replaceAll((part, sum) -> sum / steps);
    return StepTimes.of(seconds / steps, parts);
  }
}
