package org.isonorm.init;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The layers of a network that have weights.
 *
 * @param network the network's name
 * @param layers the layers in forward order, each name once
 * @param trainedParameters weights, biases and scale and shift of batch normalization; running
 *     statistics are not trained
 */
public record NetworkTopology(String network, List<LayerTopology> layers, long trainedParameters) {
  public NetworkTopology {
    Checks.notBlank("network name", network);
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid layers of network %s: none (must have at least one layer with weights)"
              .formatted(network));
    }
    Set<String> names = new HashSet<>();
    for (LayerTopology layer : layers) {
      if (!names.add(layer.name())) {
        throw new IllegalArgumentException(
            "Invalid layers of network %s: the name %s occurs twice (each names a random stream)"
                .formatted(network, layer.name()));
      }
    }
    long weights = weights(layers);
    if (trainedParameters < weights) {
      throw new IllegalArgumentException(
          "Invalid trained parameters of network %s: %d (must be >= its %d weights)"
              .formatted(network, trainedParameters, weights));
    }
  }

  /** Number of weights in all layers, without biases and batch normalization. */
  public long weights() {
    return weights(layers);
  }

  private static long weights(List<LayerTopology> layers) {
    return layers.stream().mapToLong(layer -> layer.shape().size()).sum();
  }
}
