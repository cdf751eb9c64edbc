package org.isonorm.network.parameters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.network.layer.ScalarAffine;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where every parameter of a graph lies in its flat vector, and whose it is.
 *
 * @param parameters in the order of the vector
 */
public record ParameterLayout(List<Parameter> parameters) {
  /**
   * Elements [from, to) of the flat vector.
   *
   * @param layer name of the layer
   * @param units output units whose weights follow one another at equal lengths: the output
   *     channels of a convolution, the classes of a classifier, 1 for vectors
   */
  public record Parameter(String layer, ParameterKind kind, long from, long to, int units) {}

  private static final int MATRIX = 2;

  public ParameterLayout {
    parameters = List.copyOf(parameters);
  }

  /** The layout of a graph. */
  public static ParameterLayout of(ComputationGraph graph) {
    List<Parameter> parameters = new ArrayList<>();
    for (Layer layer : graph.getLayers()) {
      for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
        ParameterKind kind = kind(layer.conf().getLayer(), parameter.getKey());
        INDArray values = parameter.getValue();
        long from = values.offset() - graph.params().offset();
        parameters.add(
            new Parameter(
                layer.conf().getLayer().getLayerName(),
                kind,
                from,
                from + values.length(),
                kind.group() == ParameterGroups.Group.WEIGHTS ? units(values) : 1));
      }
    }
    parameters.sort(Comparator.comparingLong(Parameter::from));
    return new ParameterLayout(parameters);
  }

  /** Of a convolution [out, in, height, width], or of a dense layer or classifier, [in, out]. */
  private static int units(INDArray weights) {
    return Math.toIntExact(weights.rank() == MATRIX ? weights.size(1) : weights.size(0));
  }

  /** What the parameter of that key of DL4J is. */
  public static ParameterKind kind(org.deeplearning4j.nn.conf.layers.Layer layer, String key) {
    if (layer instanceof BatchNormalization) {
      return switch (key) {
        case BatchNormalizationParamInitializer.GAMMA -> ParameterKind.SCALE;
        case BatchNormalizationParamInitializer.BETA -> ParameterKind.SHIFT;
        case BatchNormalizationParamInitializer.GLOBAL_MEAN -> ParameterKind.RUNNING_MEAN;
        case BatchNormalizationParamInitializer.GLOBAL_VAR -> ParameterKind.RUNNING_VARIANCE;
        default ->
            throw new UnsupportedOperationException(
                String.format(
                    Locale.ROOT,
                    "Unsupported parameter of batch normalization: %s (must be gamma, beta, mean or var)",
                    key));
      };
    }
    if (layer instanceof ScalarAffine) {
      return ParameterKind.SCALAR;
    }
    if (!key.equals(DefaultParamInitializer.WEIGHT_KEY)) {
      return ParameterKind.BIAS;
    }
    return layer instanceof BaseOutputLayer ? ParameterKind.CLASSIFIER : ParameterKind.CONVOLUTION;
  }
}
