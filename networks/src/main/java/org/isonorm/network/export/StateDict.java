package org.isonorm.network.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.isonorm.network.export.TakenTensor.Fate;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDense;
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
  private static final String BIAS = ".bias";
  private static final String RUNNING_MEAN = ".running_mean";

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
   * A bias that a convolution before batch normalization has there and not here, as in
   * torchvision's VGG, is taken out of the running mean: the network computes the same.
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
    taken.addAll(takeCancelledBiases(theirs, taken, graph));
    theirs
        .keySet()
        .forEach(
            name ->
                taken.add(
                    new TakenTensor(name, "", false, Fate.LEFT, "the network has no such tensor")));
    return taken;
  }

  /** Takes biases that batch normalization takes away with the mean; {@code theirs} loses them. */
  private static List<TakenTensor> takeCancelledBiases(
      Map<String, NamedTensor> theirs, List<TakenTensor> taken, ComputationGraph graph) {
    Set<String> there =
        taken.stream()
            .filter(tensor -> tensor.fate() == Fate.TAKEN)
            .map(TakenTensor::name)
            .collect(Collectors.toSet());
    Map<String, String> modules = TorchNames.of(graph);
    List<TakenTensor> biases = new ArrayList<>();
    modules.forEach(
        (vertex, module) -> {
          String name = module + BIAS;
          NamedTensor bias = theirs.get(name);
          Optional<String> next = bias == null ? Optional.empty() : normalizationOf(graph, vertex);
          if (next.isEmpty() || !there.contains(modules.get(next.get()) + RUNNING_MEAN)) {
            return;
          }
          INDArray mean =
              graph.getLayer(next.get()).getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN);
          if (bias.values().length != mean.length()) {
            return;
          }
          mean.subi(Nd4j.createFromArray(bias.values()).reshape(mean.shape()));
          theirs.remove(name);
          String note =
              String.format(
                  Locale.ROOT,
                  "out of %s: the convolution has no bias here",
                  modules.get(next.get()) + RUNNING_MEAN);
          biases.add(new TakenTensor(name, vertex, false, Fate.TAKEN, note));
        });
    return biases;
  }

  /** The batch normalization that alone reads a convolution. */
  private static Optional<String> normalizationOf(ComputationGraph graph, String vertex) {
    VertexIndices[] readers = graph.getVertex(vertex).getOutputVertices();
    if (!(graph.getLayer(vertex).conf().getLayer() instanceof FastConvolution)
        || readers == null
        || readers.length != 1) {
      return Optional.empty();
    }
    GraphVertex reader = graph.getVertices()[readers[0].getVertexIndex()];
    return reader.hasLayer()
            && reader.getLayer().conf().getLayer() instanceof FastBatchNormalization
        ? Optional.of(reader.getVertexName())
        : Optional.empty();
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
      case BIAS, SHIFT -> BIAS;
      case RUNNING_MEAN -> RUNNING_MEAN;
      case RUNNING_VARIANCE -> ".running_var";
      case SCALAR -> key.equals(ScalarAffine.MULTIPLIER) ? ".scale" : BIAS;
    };
  }
}
