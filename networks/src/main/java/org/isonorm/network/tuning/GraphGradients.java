package org.isonorm.network.tuning;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Activation;
import org.isonorm.init.GradientOracle;
import org.isonorm.init.LossGradient;
import org.isonorm.init.ParameterTensor;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphTensors;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.exact.TangentKernels;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.plan.PlanMemory;
import org.isonorm.network.plan.StepPlan;
import org.isonorm.network.plan.StepPlan.BatchLoss;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Loss, gradient and products with the Hessian of a graph of {@link
 * Networks#build(NetworkDefinition)} at any parameters, by the compiled step that trains it. Batch
 * normalization takes the batch's statistics; the graph's own parameters stay as they are. Not for
 * several threads.
 *
 * <p>Where ND4J computes on the CPU, products with the Hessian come by {@link TangentKernels}: in
 * float32 where all activations are lines on both sides of 0, in float64 where any is curved and
 * where products are differenced themselves. Elsewhere they are differences of gradients in
 * float64.
 */
public final class GraphGradients implements GradientOracle, AutoCloseable {
  private final GraphTensors tensors;
  private final TuningBatches batches;
  private final boolean exact;
  private final boolean lines;
  private final Engine once;
  private final Engine differenced;
  private final Engine product;
  private final Engine exactProduct;
  private List<Long> joinedOf;
  private TuningBatches.Batch joined;

  private GraphGradients(ComputationGraph graph, TuningBatches batches) {
    this.tensors = GraphTensors.of(graph);
    this.batches = batches;
    this.exact = Nd4j.getEnvironment().isCPU();
    this.lines = hasLinesOnly(graph);
    this.once = new Engine(graph, KernelProvider.kernels(), Precision.FLOAT32, false);
    this.differenced = new Engine(graph, KernelProvider.float64(), Precision.FLOAT64, false);
    this.product = new Engine(graph, KernelProvider.kernels(), Precision.FLOAT32, true);
    this.exactProduct = new Engine(graph, KernelProvider.float64(), Precision.FLOAT64, true);
  }

  /** Gradients of a graph on batches of the caller's. */
  public static GraphGradients of(ComputationGraph graph, TuningBatches batches) {
    return new GraphGradients(graph, batches);
  }

  private static boolean hasLinesOnly(ComputationGraph graph) {
    return Arrays.stream(graph.getLayers())
        .map(layer -> layer.conf().getLayer())
        .filter(FastActivation.class::isInstance)
        .allMatch(
            activation ->
                Activation.named(((FastActivation) activation).getFunction())
                    .negativeSlope()
                    .isPresent());
  }

  @Override
  public List<ParameterTensor> tensors() {
    return tensors.tensors();
  }

  @Override
  public LossGradient evaluate(double[][] parameters, long... numbers) {
    return differenced.evaluate(tensors, parameters, join(numbers));
  }

  @Override
  public LossGradient evaluateOnce(double[][] parameters, long... numbers) {
    return once.evaluate(tensors, parameters, join(numbers));
  }

  @Override
  public double[][] hessianProduct(double[][] parameters, double[][] v, long... numbers) {
    if (!exact) {
      return GradientOracle.super.hessianProduct(parameters, v, numbers);
    }
    return (lines ? product : exactProduct).product(tensors, parameters, v, join(numbers));
  }

  @Override
  public boolean hasExactHessianProduct() {
    return exact;
  }

  @Override
  public double[][] exactHessianProduct(double[][] parameters, double[][] v, long... numbers) {
    return exact
        ? exactProduct.product(tensors, parameters, v, join(numbers))
        : GradientOracle.super.exactHessianProduct(parameters, v, numbers);
  }

  /** Second derivatives ask for the same batches several times. */
  private TuningBatches.Batch join(long... numbers) {
    List<Long> key = Arrays.stream(numbers).boxed().toList();
    if (!key.equals(joinedOf)) {
      List<TuningBatches.Batch> parts = key.stream().map(batches::batch).toList();
      joined =
          parts.size() == 1
              ? parts.get(0)
              : new TuningBatches.Batch(
                  concatenated(parts.stream().map(TuningBatches.Batch::features).toList()),
                  concatenated(parts.stream().map(TuningBatches.Batch::labels).toList()));
      joinedOf = key;
    }
    return joined;
  }

  private static INDArray concatenated(List<INDArray> parts) {
    return Nd4j.concat(0, parts.toArray(INDArray[]::new));
  }

  @Override
  public void close() {
    List.of(once, differenced, product, exactProduct).forEach(Engine::close);
  }

  /** The step in one precision, compiled when it is first asked for. */
  private static final class Engine implements AutoCloseable {
    private final ComputationGraph graph;
    private final Kernels kernels;
    private final Precision precision;
    private final boolean tangents;
    private final PlanMemory memory = new PlanMemory();
    private final Map<List<Long>, StepPlan> plans = new HashMap<>();
    private TangentKernels.Direction vectors;

    /**
     * A step.
     *
     * @param tangents whether it is of values and tangents
     */
    Engine(ComputationGraph graph, Kernels kernels, Precision precision, boolean tangents) {
      this.graph = graph;
      this.kernels = kernels;
      this.precision = precision;
      this.tangents = tangents;
    }

    LossGradient evaluate(GraphTensors tensors, double[][] values, TuningBatches.Batch batch) {
      write(tensors, values, vectors().parameters());
      BatchLoss loss = plan(batch.features().shape()).run(batch.features(), batch.labels());
      return new LossGradient(loss.mean(), read(tensors, vectors().gradient(), batch));
    }

    /** The Hessian of the mean loss times v. */
    double[][] product(
        GraphTensors tensors, double[][] values, double[][] v, TuningBatches.Batch batch) {
      // Products are linear: of a vector of length 1 they stay within the range of float32.
      double length = GraphTensors.norm(v);
      if (length == 0) {
        return v;
      }
      write(tensors, values, vectors().parameters());
      write(tensors, scaled(v, 1 / length), vectors().tangents());
      INDArray images = batch.features();
      INDArray both = Nd4j.concat(0, images, Nd4j.zerosLike(images));
      plan(both.shape()).run(both, batch.labels());
      return scaled(read(tensors, vectors().product(), batch), length);
    }

    private static double[][] scaled(double[][] values, double factor) {
      double[][] scaled = new double[values.length][];
      for (int i = 0; i < values.length; i++) {
        scaled[i] = values[i].clone();
        for (int j = 0; j < scaled[i].length; j++) {
          scaled[i][j] *= factor;
        }
      }
      return scaled;
    }

    private TangentKernels.Direction vectors() {
      if (vectors == null) {
        vectors =
            new TangentKernels.Direction(
                vector(), tangents ? vector() : null, vector(), tangents ? vector() : null);
      }
      return vectors;
    }

    private INDArray vector() {
      return Nd4j.zeros(precision.type(), graph.params().shape());
    }

    /** Running statistics are of no account, and stay 0. */
    private static void write(GraphTensors tensors, double[][] values, INDArray vector) {
      double[] flat = new double[Math.toIntExact(vector.length())];
      tensors.join(values, flat);
      try (INDArray all = Nd4j.createFromArray(flat)) {
        vector.assign(all.reshape(vector.shape()));
      }
    }

    private static double[][] read(
        GraphTensors tensors, INDArray vector, TuningBatches.Batch batch) {
      double[] sums = vector.data().asDouble();
      for (int i = 0; i < sums.length; i++) {
        sums[i] /= batch.features().size(0);
      }
      return tensors.split(sums);
    }

    private StepPlan plan(long[] images) {
      return plans.computeIfAbsent(
          Arrays.stream(images).boxed().toList(),
          shape ->
              StepPlan.of(
                  graph,
                  images,
                  tangents ? new TangentKernels(kernels, vectors()) : kernels,
                  precision,
                  memory,
                  vectors().parameters(),
                  vectors().gradient()));
    }

    @Override
    public void close() {
      plans.values().forEach(StepPlan::close);
      plans.clear();
      memory.close();
      if (vectors != null) {
        Stream.of(vectors.parameters(), vectors.tangents(), vectors.gradient(), vectors.product())
            .filter(Objects::nonNull)
            .forEach(INDArray::close);
        vectors = null;
      }
    }
  }
}
