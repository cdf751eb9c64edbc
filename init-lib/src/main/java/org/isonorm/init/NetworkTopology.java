package org.isonorm.init;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The layers of a network that have weights.
 *
 * @param network the network's name
 * @param layers the layers in forward order, each name once
 * @param trainedParameters weights, biases and scale and shift of batch normalization; running
 *     statistics are not trained
 * @param branches its residual branches, in forward order
 */
public record NetworkTopology(
    String network,
    List<LayerTopology> layers,
    long trainedParameters,
    List<ResidualBranch> branches) {
  public NetworkTopology {
    Checks.notBlank("network name", network);
    layers = List.copyOf(layers);
    branches = List.copyOf(branches);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid layers of network %s: none (must have at least one layer with weights)",
              network));
    }
    Set<String> names = new HashSet<>();
    for (LayerTopology layer : layers) {
      if (!names.add(layer.name())) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid layers of network %s: the name %s occurs twice (each names a random stream)",
                network,
                layer.name()));
      }
    }
    long weights = weights(layers);
    if (trainedParameters < weights) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid trained parameters of network %s: %d (must be >= its %d weights)",
              network,
              trainedParameters,
              weights));
    }
  }

  /** A network without residual branches, or whose branches nobody asks for. */
  public NetworkTopology(String network, List<LayerTopology> layers, long trainedParameters) {
    this(network, layers, trainedParameters, List.of());
  }

  /**
   * The same network without the geometry of its layers, as a graph tells it that does not know the
   * size of its images.
   */
  public NetworkTopology withoutGeometry() {
    return new NetworkTopology(
        network,
        layers.stream().map(LayerTopology::withoutGeometry).toList(),
        trainedParameters,
        branches);
  }

  /** Names of the batch normalizations that are the last layer of a residual branch. */
  public List<String> residualScales() {
    return branches.stream().map(ResidualBranch::normalization).flatMap(Optional::stream).toList();
  }

  /** Number of weights in all layers, without biases and batch normalization. */
  public long weights() {
    return weights(layers);
  }

  private static long weights(List<LayerTopology> layers) {
    return layers.stream().mapToLong(layer -> layer.shape().size()).sum();
  }
}
