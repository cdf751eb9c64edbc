package org.isonorm.network.plan;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FrozenLayers;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The forward and backward pass of a graph at one batch size. It reads the graph's parameters and
 * writes its flat gradient vector: sums over the batch for weights, (running − batch) · rate for
 * the running statistics of batch normalization. The arrays between the layers lie in memory that
 * is planned once: what is no longer read is written over, and gradients replace one another in
 * place where they can, so that a step touches little memory and none for the first time. Not for
 * several threads.
 */
public final class StepPlan implements AutoCloseable {
  private final Place images;
  private final List<Operation> forward;
  private final List<Backward> backward;
  private final SoftmaxOperation classifier;
  private final HiddenMixOperation mixing;
  private final List<DropoutOperation> dropouts;
  private final List<AutoCloseable> kernels;
  private final long bytes;

  StepPlan(
      Place images,
      List<Operation> forward,
      List<Backward> backward,
      SoftmaxOperation classifier,
      HiddenMixOperation mixing,
      List<DropoutOperation> dropouts,
      List<AutoCloseable> kernels,
      long bytes) {
    this.images = images;
    this.forward = List.copyOf(forward);
    this.backward = List.copyOf(backward);
    this.classifier = classifier;
    this.mixing = mixing;
    this.dropouts = List.copyOf(dropouts);
    this.kernels = List.copyOf(kernels);
    this.bytes = bytes;
  }

  /**
   * Compiles a graph of {@link org.isonorm.network.definition.Networks#build}.
   *
   * @param images shape of a batch, [batch, height, width, channels]
   * @param memory where it keeps its arrays
   * @throws UnsupportedOperationException if the graph has a layer of another kind, or the kernels
   *     lack the precision
   */
  public static StepPlan of(
      ComputationGraph graph,
      long[] images,
      Kernels kernels,
      Precision precision,
      PlanMemory memory) {
    return of(graph, images, kernels, precision, memory, FrozenLayers.NONE, false, 0);
  }

  /**
   * Compiles a graph of which some layers are not trained, and whose hidden states are mixed behind
   * a stage at every step; else as above.
   *
   * @param frozen layers whose part of the gradient is left as it is; what their gradients alone
   *     would need is not computed
   * @param drops whether dropout drops anything
   * @param mixedStage from 1; 0 for none
   * @throws IllegalArgumentException if the graph has no such stage
   */
  public static StepPlan of(
      ComputationGraph graph,
      long[] images,
      Kernels kernels,
      Precision precision,
      PlanMemory memory,
      FrozenLayers frozen,
      boolean drops,
      int mixedStage) {
    return new StepCompiler(
            graph,
            images,
            kernels,
            precision,
            memory,
            graph.params(),
            graph.getFlattenedGradients(),
            frozen,
            drops,
            mixedStage)
        .compile();
  }

  /**
   * Compiles a graph for other parameters than its own.
   *
   * @param parameters laid out as the graph's, of the precision's type; what is written into it
   *     counts
   * @param gradient laid out alike, which a step writes
   */
  public static StepPlan of(
      ComputationGraph graph,
      long[] images,
      Kernels kernels,
      Precision precision,
      PlanMemory memory,
      INDArray parameters,
      INDArray gradient) {
    return new StepCompiler(
            graph,
            images,
            kernels,
            precision,
            memory,
            parameters,
            gradient,
            FrozenLayers.NONE,
            /* drops= */ false,
            /* mixedStage= */ 0)
        .compile();
  }

  /**
   * Computes the gradients of a batch.
   *
   * @param features images [batch, height, width, channels], contiguous
   * @param labels distributions over the classes, [batch, classes]
   */
  public BatchLoss run(INDArray features, INDArray labels) {
    return run(features, labels, null, DropoutSeeds.NONE);
  }

  /**
   * Computes the gradients of a batch whose hidden states are mixed or dropped.
   *
   * @param mix behind the stage this was compiled for; null where it was compiled for none
   * @param seeds of the examples' dropout; not read where nothing is dropped
   */
  public BatchLoss run(INDArray features, INDArray labels, HiddenMix mix, DropoutSeeds seeds) {
    dropouts.forEach(dropout -> dropout.draw(seeds));
    if (mixing != null) {
      mixing.mix(mix);
    }
    images.bind(features);
    classifier.labels(labels);
    forward.forEach(Operation::forward);
    backward.forEach(Backward::run);
    return new BatchLoss(classifier.batch().meanLoss(), classifier.batch().correct());
  }

  /**
   * Computes the gradients of a batch, and tells what passes through the layers; for a plan that
   * mixes and drops nothing, of a graph all of which is trained.
   */
  public void run(INDArray features, INDArray labels, Signals signals) {
    images.bind(features);
    classifier.labels(labels);
    for (Operation operation : forward) {
      operation.forward();
      operation.tellOutput(signals);
    }
    for (Backward step : backward) {
      step.run();
      step.operation.tellError(signals);
    }
  }

  /**
   * An operation on its way back.
   *
   * @param additions of gradients that must follow it
   */
  record Backward(Operation operation, List<Runnable> additions) {
    void run() {
      operation.backward();
      additions.forEach(Runnable::run);
    }
  }

  /** Bytes of the arrays between the layers. */
  public long bytes() {
    return bytes;
  }

  /**
   * What a batch came to.
   *
   * @param mean cross-entropy
   * @param correct images whose label's class was the likeliest
   */
  public record BatchLoss(double mean, long correct) {}

  @Override
  public void close() {
    close(kernels);
  }

  static void close(List<AutoCloseable> kernels) {
    for (AutoCloseable kernel : kernels) {
      try {
        kernel.close();
      } catch (Exception e) {
        throw new IllegalStateException("Cannot close a kernel", e);
      }
    }
  }
}
