package org.isonorm.network.step;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Tensors;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.network.plan.InferencePlan;
import org.isonorm.network.plan.PlanMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a graph of {@link Networks#build(NetworkDefinition)} says about images, by the running
 * statistics of batch normalization. It computes in float32 with the parameters as they were at the
 * last {@link #refresh}. Not for several threads.
 */
public final class Inference implements AutoCloseable {

  /** Batch sizes whose plans are kept: most data sets need one and a smaller last one. */
  private static final int MOST_PLANS = 4;

  private final ComputationGraph graph;
  private final INDArray parameters;
  private final Kernels kernels;
  private final PlanMemory memory = new PlanMemory();
  private final Map<List<Long>, InferencePlan> plans = new HashMap<>();

  /** Where the layers are DL4J's own: a graph of them for this inference alone. */
  private final Optional<StockGraph> stock;

  private Inference(ComputationGraph graph, INDArray parameters, Kernels kernels) {
    this.graph = graph;
    this.parameters = parameters;
    this.kernels = kernels;
    this.stock =
        ChannelsFirst.isIn(graph.getConfiguration())
            ? Optional.of(StockGraph.twin(graph, parameters))
            : Optional.empty();
  }

  /** Inference by the process's own kernels of a graph with its parameters as they are now. */
  public static Inference of(ComputationGraph graph) {
    return of(graph, KernelProvider.kernels());
  }

  /** Inference of a graph with its parameters as they are now. */
  public static Inference of(ComputationGraph graph, Kernels kernels) {
    return new Inference(graph, graph.params().dup(), kernels);
  }

  /**
   * Inference of a graph whose parameters stay as they are: it computes with the graph's own and
   * not with a copy, so that several can share them.
   */
  public static Inference ofUnchanging(ComputationGraph graph) {
    return new Inference(graph, graph.params(), KernelProvider.kernels());
  }

  /** Takes the graph's parameters as they are now. */
  public void refresh() {
    parameters.assign(graph.params());
    plans.values().forEach(InferencePlan::refresh);
  }

  /**
   * The probability of every class, [N, classes].
   *
   * @param images [N, height, width, channels]
   */
  public INDArray output(INDArray images) {
    return stock.isPresent()
        ? stock.get().output(images)
        : plan(images.shape()).output(Tensors.contiguous(images));
  }

  /** As above, before the softmax. */
  public INDArray logits(INDArray images) {
    return stock.isPresent()
        ? stock.get().logits(images)
        : plan(images.shape()).logits(Tensors.contiguous(images));
  }

  private InferencePlan plan(long[] images) {
    List<Long> shape = Arrays.stream(images).boxed().toList();
    InferencePlan plan = plans.get(shape);
    if (plan == null) {
      if (plans.size() == MOST_PLANS) {
        closePlans();
      }
      plan = InferencePlan.of(graph, parameters, images, kernels, memory);
      plans.put(shape, plan);
    }
    return plan;
  }

  private void closePlans() {
    plans.values().forEach(InferencePlan::close);
    plans.clear();
  }

  /** Releases the memory of the plans at once instead of whenever it is collected. */
  @Override
  public void close() {
    closePlans();
    memory.close();
  }
}
