package org.isonorm.network.parameters;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.LayerNames;
import org.isonorm.init.NearestName;
import org.isonorm.network.parameters.ParameterLayout.Parameter;

/**
 * Layers, and single tensors of layers, that are not trained: they stay as they are, whatever
 * optimizer, weight decay and velocity would do. A batch normalization among the layers normalizes
 * by its running statistics, as in evaluation, which stay as they are as well: it is a fixed map
 * then, and a network's frozen part says of an image what it said before training. One of which a
 * tensor is frozen, such as its scale, goes on normalizing by the batch.
 *
 * @param patterns of the names of layers or tensors ({@code stem.weight}, {@code stem.bn.scale}),
 *     with {@code *} and {@code ?}
 */
public record FrozenLayers(List<String> patterns) implements Serializable {
  /** Every layer is trained. */
  public static final FrozenLayers NONE = new FrozenLayers(List.of());

  public FrozenLayers {
    patterns = List.copyOf(patterns);
  }

  /** Whether a layer is frozen as a whole. */
  public boolean contains(String layer) {
    return patterns.stream().anyMatch(pattern -> LayerNames.match(pattern, layer));
  }

  /** Whether a layer's parameter is frozen, with its layer or by itself. */
  public boolean contains(String layer, ParameterKind kind) {
    return contains(layer)
        || kind.tensor().filter(tensor -> contains(layer + "." + tensor)).isPresent();
  }

  private boolean contains(Parameter parameter) {
    return contains(parameter.layer(), parameter.kind());
  }

  /** The frozen ones of a graph's parameters, running statistics included. */
  public List<Parameter> of(ParameterLayout layout) {
    return layout.parameters().stream().filter(this::contains).toList();
  }

  /**
   * Checks that every pattern means a layer, and that something is left to train.
   *
   * @param parameters of the network
   * @param network its name
   * @throws IllegalArgumentException in one sentence, if not
   */
  public void check(List<Parameter> parameters, String network) {
    List<String> layers = parameters.stream().map(Parameter::layer).distinct().toList();
    for (String pattern : patterns) {
      FrozenLayers one = new FrozenLayers(List.of(pattern));
      if (parameters.stream().noneMatch(one::contains)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid optimizer.frozen: %s matches no layer of %s (did you mean %s? isonorm init lists them)",
                pattern,
                network,
                NearestName.of(pattern, layers)));
      }
    }
    if (parameters.stream().filter(each -> each.kind().isTrained()).allMatch(this::contains)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid optimizer.frozen: %s leaves no layer of %s to train (must leave one)",
              patterns,
              network));
    }
  }
}
