package org.isonorm.network.graph;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.SignalStatistics;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.Tensors;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.plan.PlanMemory;
import org.isonorm.network.plan.Signals;
import org.isonorm.network.plan.StepPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures what {@link ComputationGraph} itself throws away in a forward and a backward pass in
 * training mode: activations, and errors at the output of every layer. Takes any graph of one input
 * and one output, built here or not; changes no parameter. The pass is a compiled step's where the
 * graph can be compiled, and goes through its vertices where not. Not for several threads.
 */
public final class NormProbe implements AutoCloseable {
  private final ComputationGraph graph;
  private final Map<String, LayerTopology> layers = new LinkedHashMap<>();
  private final PlanMemory memory = new PlanMemory();
  private final Optional<StepPlan> plan;

  /** Where the elements of one array after another are looked at. */
  private float[] elements = {};

  private NormProbe(ComputationGraph graph, Optional<long[]> images) {
    if (graph.getNumInputArrays() != 1 || graph.getNumOutputArrays() != 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid graph: %d inputs and %d outputs (must be one each)",
              graph.getNumInputArrays(),
              graph.getNumOutputArrays()));
    }
    this.graph = graph;
    for (LayerTopology layer : Networks.topology("graph", graph).layers()) {
      layers.put(layer.name(), layer);
    }
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    this.plan = images.flatMap(this::compile);
  }

  /**
   * A probe of a graph, to be measured more than once.
   *
   * @param images shape of its batches, in the layout the graph takes
   * @throws IllegalArgumentException if the graph has not one input and one output
   */
  public static NormProbe of(ComputationGraph graph, long[] images) {
    return new NormProbe(graph, Optional.of(images));
  }

  /** The same by its vertices, whether it can be compiled or not. */
  static NormProbe ofVertices(ComputationGraph graph) {
    return new NormProbe(graph, Optional.empty());
  }

  /**
   * Measures a graph on a batch once.
   *
   * @param features images in the layout the graph takes
   * @param labels one-hot or soft labels [examples, classes]
   * @throws IllegalArgumentException if the graph has not one input and one output
   */
  public static NormPropagation measure(
      ComputationGraph graph, INDArray features, INDArray labels) {
    try (NormProbe probe = of(graph, features.shape())) {
      return probe.measure(features, labels);
    }
  }

  private Optional<StepPlan> compile(long[] images) {
    if (graph.params().dataType() != DataType.FLOAT) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StepPlan.of(graph, images, KernelProvider.kernels(), Precision.FLOAT32, memory));
    } catch (UnsupportedOperationException e) {
      return Optional.empty(); // It has layers of another kind.
    }
  }

  /**
   * Measures the graph, with the parameters that it has now, on a batch of the shape given.
   *
   * @param labels one-hot or soft labels [examples, classes]
   */
  public NormPropagation measure(INDArray features, INDArray labels) {
    Measured measured = new Measured(labels.size(0));
    if (plan.isPresent()) {
      plan.get().run(Tensors.contiguous(features), labels, measured);
    } else {
      new VertexPass(graph, layers.keySet(), measured).run(features, labels);
    }
    return new NormPropagation(measured.signals(), statistics(features));
  }

  /** Gradients are sums over the batch; errors are of the mean loss. */
  private final class Measured implements Signals {
    private final double examples;
    private final Map<String, SignalStatistics> activations = new HashMap<>();
    private final Map<String, SignalStatistics> errors = new HashMap<>();
    private final Map<String, Double> gradientNorms = new HashMap<>();

    Measured(double examples) {
      this.examples = examples;
    }

    @Override
    public void output(String layer, INDArray output) {
      activations.put(layer, statistics(output));
    }

    @Override
    public void error(String layer, INDArray error) {
      errors.put(layer, statistics(error).times(1 / examples));
    }

    @Override
    public void weightsGradient(String layer, INDArray gradient) {
      gradientNorms.put(layer, norm(gradient) / examples);
    }

    List<LayerSignals> signals() {
      List<LayerSignals> signals = new ArrayList<>();
      layers.forEach(
          (name, layer) ->
              signals.add(
                  new LayerSignals(
                      name,
                      layer.shape().out(),
                      activations.get(name),
                      errors.get(name),
                      norm(
                          graph
                              .getVertex(name)
                              .getLayer()
                              .getParam(DefaultParamInitializer.WEIGHT_KEY)),
                      gradientNorms.get(name))));
      return signals;
    }
  }

  private SignalStatistics statistics(INDArray values) {
    int count = Math.toIntExact(values.length());
    if (elements.length < count) {
      elements = new float[count];
    }
    if (values.offset() == 0
        && Tensors.isContiguous(values)
        && values.dataType() == DataType.FLOAT) {
      read(values);
    } else {
      try (INDArray floats = Nd4j.create(DataType.FLOAT, values.shape(), 'c')) {
        read(floats.assign(values));
      }
    }
    return SignalStatistics.of(elements, count);
  }

  /** Copies at once what {@code DataBuffer.asFloat} copies one by one. */
  private void read(INDArray values) {
    Nd4j.getAffinityManager().ensureLocation(values, AffinityManager.Location.HOST);
    FloatBuffer buffer = values.data().asNioFloat();
    buffer.get(elements, 0, Math.toIntExact(values.length()));
  }

  private double norm(INDArray values) {
    // In double precision: squares of vanished gradients are 0 in float32.
    return statistics(values).norm();
  }

  @Override
  public void close() {
    plan.ifPresent(StepPlan::close);
    memory.close();
  }
}
