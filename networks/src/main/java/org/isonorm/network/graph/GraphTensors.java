package org.isonorm.network.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.isonorm.init.ParameterTensor;
import org.isonorm.init.ParameterTensor.Kind;
import org.isonorm.init.TunedScales;
import org.isonorm.network.definition.FollowingNormalization;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The trained tensors of a graph, in forward order, as the tuned methods see them: {@code
 * conv.weight}, {@code conv.bias}, {@code bn.scale}, {@code bn.shift}; of Fixup's scalars {@code
 * NAME.multiplier} and {@code NAME.bias}.
 *
 * @param all where each lies in the graph's flat parameters
 */
public record GraphTensors(List<Placed> all) {

  /**
   * A tensor.
   *
   * @param layer name of its layer
   * @param from its first element in the flat vector
   */
  public record Placed(ParameterTensor tensor, String layer, long from) {}

  public GraphTensors {
    all = List.copyOf(all);
  }

  /** The tensors of a graph. */
  public static GraphTensors of(ComputationGraph graph) {
    FollowingNormalization normalization = new FollowingNormalization(graph.getConfiguration());
    List<Placed> tensors = new ArrayList<>();
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (vertex.hasLayer()) {
        for (Map.Entry<String, INDArray> parameter : vertex.getLayer().paramTable().entrySet()) {
          ParameterTensor tensor =
              tensor(vertex.getVertexName(), vertex.getLayer(), parameter.getKey(), normalization);
          if (tensor != null) {
            long from = parameter.getValue().offset() - graph.params().offset();
            tensors.add(new Placed(tensor, vertex.getVertexName(), from));
          }
        }
      }
    }
    return new GraphTensors(tensors);
  }

  /** Null of a running statistic. */
  private static ParameterTensor tensor(
      String name, Layer layer, String key, FollowingNormalization normalization) {
    int size = Math.toIntExact(layer.getParam(key).length());
    return switch (ParameterLayout.kind(layer.conf().getLayer(), key)) {
      case CONVOLUTION ->
          new ParameterTensor(
              name + ".weight", Kind.CONVOLUTION, size, normalization.followsAlone(name));
      case CLASSIFIER -> new ParameterTensor(name + ".weight", Kind.CLASSIFIER, size, false);
      case BIAS -> new ParameterTensor(name + ".bias", Kind.BIAS, size, false);
      case SCALAR ->
          key.equals(ScalarAffine.MULTIPLIER)
              ? new ParameterTensor(name + ".multiplier", Kind.SCALE, size, false)
              : new ParameterTensor(name + ".bias", Kind.BIAS, size, false);
      case SCALE ->
          new ParameterTensor(
              name + ".scale", Kind.SCALE, size, normalization.forgetsScaleOf(name));
      case SHIFT -> new ParameterTensor(name + ".shift", Kind.SHIFT, size, false);
      case RUNNING_MEAN, RUNNING_VARIANCE -> null;
    };
  }

  /** The tensors without their places. */
  public List<ParameterTensor> tensors() {
    return all.stream().map(Placed::tensor).toList();
  }

  /** The values of every tensor in a flat vector laid out as the graph's parameters. */
  public double[][] split(double[] flat) {
    double[][] values = new double[all.size()][];
    for (int i = 0; i < values.length; i++) {
      int from = Math.toIntExact(all.get(i).from());
      values[i] = Arrays.copyOfRange(flat, from, from + all.get(i).tensor().size());
    }
    return values;
  }

  /** Writes the values of every tensor into a flat vector; running statistics stay. */
  public void join(double[][] values, double[] flat) {
    for (int i = 0; i < values.length; i++) {
      int from = Math.toIntExact(all.get(i).from());
      System.arraycopy(values[i], 0, flat, from, values[i].length);
    }
  }

  /** The Euclidean norm of all values together. */
  public static double norm(double[]... values) {
    double sum = 0;
    for (double[] tensor : values) {
      for (double value : tensor) {
        sum += value * value;
      }
    }
    return Math.sqrt(sum);
  }

  /** The values of every tensor in a graph. */
  public double[][] values(ComputationGraph graph) {
    return split(graph.params().dup('c').data().asDouble());
  }

  /**
   * Multiplies the tensors of a graph by the scales that were found for them.
   *
   * @param scales named as {@link #tensors()}
   */
  public void scale(ComputationGraph graph, TunedScales scales) {
    double[] flat = graph.params().dup('c').data().asDouble();
    double[][] values = split(flat);
    for (int i = 0; i < values.length; i++) {
      TunedScales.TensorScale scale = scales.tensors().get(i);
      if (!scale.name().equals(all.get(i).tensor().name())) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid scales: %s at %d (must be of %s)",
                scale.name(),
                i,
                all.get(i).tensor().name()));
      }
      for (int j = 0; j < values[i].length; j++) {
        values[i][j] *= scale.scale();
      }
    }
    join(values, flat);
    try (INDArray tuned = Nd4j.createFromArray(flat)) {
      graph.params().assign(tuned.reshape(graph.params().shape()));
    }
  }
}
