package org.isonorm.network.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.export.TakenTensor.Fate;
import org.isonorm.network.layer.FastDense;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.ParameterKind;
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
   * A tensor and where it is.
   *
   * @param layer of the graph
   * @param weights whether it is the weights of a convolution or the classifier
   */
  private record Place(String layer, boolean weights, StoredTensor tensor) {
    /** Takes what was found under the name, if it fits. */
    TakenTensor take(String name, Optional<NamedTensor> found) {
      if (found.isEmpty()) {
        return new TakenTensor(name, layer, weights, Fate.ANEW, "it is not there");
      }
      if (!Arrays.equals(found.get().shape(), tensor.shape())) {
        String note =
            String.format(
                Locale.ROOT,
                "it is %s there and %s here",
                Arrays.toString(found.get().shape()),
                Arrays.toString(tensor.shape()));
        return new TakenTensor(name, layer, weights, Fate.ANEW, note);
      }
      tensor.take(found.get().values());
      return new TakenTensor(name, layer, weights, Fate.TAKEN, "");
    }
  }

  /**
   * Copies the tensors of a graph, in forward order.
   *
   * @param graph one of {@link org.isonorm.network.definition.Networks#build}
   */
  public static List<NamedTensor> of(ComputationGraph graph) {
    List<NamedTensor> tensors = new ArrayList<>();
    places(graph).forEach((name, place) -> tensors.add(place.tensor().named(name)));
    return tensors;
  }

  /**
   * Puts tensors into a graph by their names; those of another shape stay as they are in the graph.
   *
   * @return what became of every tensor of the graph, in forward order, then of those that it has
   *     no place for
   */
  public static List<TakenTensor> put(List<NamedTensor> tensors, ComputationGraph graph) {
    Map<String, NamedTensor> theirs = new LinkedHashMap<>();
    tensors.forEach(tensor -> theirs.put(tensor.name(), tensor));
    List<TakenTensor> taken = new ArrayList<>();
    places(graph)
        .forEach(
            (name, place) -> taken.add(place.take(name, Optional.ofNullable(theirs.remove(name)))));
    theirs
        .keySet()
        .forEach(
            name ->
                taken.add(
                    new TakenTensor(name, "", false, Fate.LEFT, "the network has no such tensor")));
    return taken;
  }

  private static Map<String, Place> places(ComputationGraph graph) {
    Map<String, Place> places = new LinkedHashMap<>();
    TorchNames.of(graph)
        .forEach(
            (vertex, module) -> {
              Layer layer = graph.getVertex(vertex).getLayer();
              for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
                String key = parameter.getKey();
                ParameterKind kind = ParameterLayout.kind(layer.conf().getLayer(), key);
                places.put(
                    module + suffix(kind, key),
                    new Place(
                        vertex,
                        kind == ParameterKind.CONVOLUTION || kind == ParameterKind.CLASSIFIER,
                        stored(kind, parameter.getValue(), graph, vertex)));
              }
            });
    return places;
  }

  private static StoredTensor stored(
      ParameterKind kind, INDArray values, ComputationGraph graph, String vertex) {
    return switch (kind) {
      case CLASSIFIER -> Classifier.of(graph, vertex);
      case CONVOLUTION ->
          new StoredTensor.Plain(
              values,
              graph.getLayer(vertex).conf().getLayer() instanceof FastDense dense
                  ? new long[] {dense.denseShape().out(), dense.denseShape().in()}
                  : values.shape());
      default -> StoredTensor.Plain.vector(values);
    };
  }

  private static String suffix(ParameterKind kind, String key) {
    return switch (kind) {
      case CONVOLUTION, CLASSIFIER, SCALE -> ".weight";
      case BIAS, SHIFT -> ".bias";
      case RUNNING_MEAN -> ".running_mean";
      case RUNNING_VARIANCE -> ".running_var";
      case SCALAR -> key.equals(ScalarAffine.MULTIPLIER) ? ".scale" : ".bias";
    };
  }
}
