package org.isonorm.network.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tensors of a network as a torch module's {@code state_dict} has them: names of torchvision
 * where it has such a network, {@code weight}, {@code bias}, {@code running_mean} and {@code
 * running_var}, and torch's order of axes.
 */
public final class StateDict {
  private StateDict() {}

  /**
   * Copies the tensors of a graph, in forward order.
   *
   * @param graph one of {@link org.isonorm.network.definition.Networks#build}
   */
  public static List<NamedTensor> of(ComputationGraph graph) {
    List<NamedTensor> tensors = new ArrayList<>();
    TorchNames.of(graph)
        .forEach(
            (vertex, module) -> {
              Layer layer = graph.getVertex(vertex).getLayer();
              for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
                INDArray values = parameter.getValue();
                tensors.add(
                    switch (ParameterLayout.kind(layer.conf().getLayer(), parameter.getKey())) {
                      case CONVOLUTION ->
                          NamedTensor.of(module + ".weight", values, values.shape());
                      case CLASSIFIER -> Classifier.weights(module + ".weight", graph, vertex);
                      case SCALE -> vector(module + ".weight", values);
                      case BIAS, SHIFT -> vector(module + ".bias", values);
                      case RUNNING_MEAN -> vector(module + ".running_mean", values);
                      case RUNNING_VARIANCE -> vector(module + ".running_var", values);
                      case SCALAR -> vector(module + scalar(parameter.getKey()), values);
                    });
              }
            });
    return tensors;
  }

  private static String scalar(String key) {
    return key.equals(ScalarAffine.MULTIPLIER) ? ".scale" : ".bias";
  }

  static NamedTensor vector(String name, INDArray values) {
    return NamedTensor.of(name, values, values.length());
  }
}
