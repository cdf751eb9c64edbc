package org.isonorm.network.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tensors of a network as a torch module's {@code state_dict} has them: names of torchvision
 * where it has such a network, {@code weight}, {@code bias}, {@code running_mean} and {@code
 * running_var}, and torch's order of axes.
 */
public final class StateDict {
  private StateDict() {}

  /** Where a tensor is in a graph. */
  private record Place(String layer, ParameterKind kind, INDArray values, Classifier classifier) {
    NamedTensor named(String name) {
      return switch (kind) {
        case CLASSIFIER -> classifier.named(name);
        case CONVOLUTION -> NamedTensor.of(name, values, values.shape());
        default -> vector(name, values);
      };
    }

    long[] shape() {
      return switch (kind) {
        case CLASSIFIER -> classifier.shape();
        case CONVOLUTION -> values.shape();
        default -> new long[] {values.length()};
      };
    }

    void take(float[] theirs) {
      if (kind == ParameterKind.CLASSIFIER) {
        classifier.take(theirs);
      } else {
        values.assign(Nd4j.createFromArray(theirs).reshape('c', values.shape()));
      }
    }
  }

  /**
   * Copies the tensors of a graph, in forward order.
   *
   * @param graph one of {@link org.isonorm.network.definition.Networks#build}
   */
  public static List<NamedTensor> of(ComputationGraph graph) {
    List<NamedTensor> tensors = new ArrayList<>();
    places(graph).forEach((name, place) -> tensors.add(place.named(name)));
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
            (name, place) -> {
              NamedTensor tensor = theirs.remove(name);
              long[] shape = place.shape();
              boolean fits = tensor != null && Arrays.equals(tensor.shape(), shape);
              if (fits) {
                place.take(tensor.values());
              }
              taken.add(
                  new TakenTensor(
                      name,
                      place.layer(),
                      place.kind() == ParameterKind.CONVOLUTION
                          || place.kind() == ParameterKind.CLASSIFIER,
                      fits ? TakenTensor.Fate.TAKEN : TakenTensor.Fate.ANEW,
                      fits
                          ? ""
                          : tensor == null
                              ? "it is not there"
                              : String.format(
                                  Locale.ROOT,
                                  "it is %s there and %s here",
                                  Arrays.toString(tensor.shape()),
                                  Arrays.toString(shape))));
            });
    theirs
        .keySet()
        .forEach(
            name ->
                taken.add(
                    new TakenTensor(
                        name, "", false, TakenTensor.Fate.LEFT, "the network has no such tensor")));
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
                        kind,
                        parameter.getValue(),
                        kind == ParameterKind.CLASSIFIER ? Classifier.of(graph, vertex) : null));
              }
            });
    return places;
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

  static NamedTensor vector(String name, INDArray values) {
    return NamedTensor.of(name, values, values.length());
  }
}
