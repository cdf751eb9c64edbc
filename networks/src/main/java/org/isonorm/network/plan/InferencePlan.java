package org.isonorm.network.plan;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The forward pass of a graph at one batch size by the running statistics of batch normalization,
 * which is part of the convolution before it where there is one. Not for several threads.
 */
public final class InferencePlan implements AutoCloseable {
  private final Place images;
  private final List<Runnable> steps;
  private final List<Runnable> folding;
  private final Place features;
  private final Logits logits;
  private final List<AutoCloseable> kernels;

  InferencePlan(
      Place images,
      List<Runnable> steps,
      List<Runnable> folding,
      Place features,
      Logits logits,
      List<AutoCloseable> kernels) {
    this.images = images;
    this.steps = List.copyOf(steps);
    this.folding = List.copyOf(folding);
    this.features = features;
    this.logits = logits;
    this.kernels = List.copyOf(kernels);
  }

  /**
   * Compiles a graph of {@link org.isonorm.network.definition.Networks#build}.
   *
   * @param parameters what it computes with, live but for what {@link #refresh} folds: laid out as
   *     the graph's
   * @param images shape of a batch, [batch, height, width, channels]
   * @param memory where it keeps its arrays
   * @throws UnsupportedOperationException if the graph has a layer of another kind
   */
  public static InferencePlan of(
      ComputationGraph graph,
      INDArray parameters,
      long[] images,
      Kernels kernels,
      PlanMemory memory) {
    InferencePlan plan =
        new InferenceCompiler(graph, parameters, images, kernels, memory).compile();
    plan.refresh();
    return plan;
  }

  /** Folds the parameters as they are now. To be called whenever they have changed. */
  public void refresh() {
    folding.forEach(Runnable::run);
    logits.refresh();
  }

  /**
   * The probability of every class, [batch, classes].
   *
   * @param batch images [batch, height, width, channels], contiguous
   */
  public INDArray output(INDArray batch) {
    return Transforms.softmax(logits(batch), false);
  }

  /**
   * As above, before the softmax. An image's logits do not depend on the others or their number.
   */
  public INDArray logits(INDArray batch) {
    images.bind(batch);
    steps.forEach(Runnable::run);
    return logits.of(Tensors.rows(features.array()));
  }

  @Override
  public void close() {
    StepPlan.close(kernels);
  }
}
