package org.isonorm.network.parameters;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.LayerNames;
import org.isonorm.init.NearestName;
import org.isonorm.network.parameters.ParameterLayout.Parameter;

/**
 * Layers that are not trained: their parameters stay as they are, whatever optimizer, weight decay
 * and velocity would do. A batch normalization among them normalizes by its running statistics, as
 * in evaluation, which stay as they are as well: it is a fixed map then, and a network's frozen
 * part says of an image what it said before training.
 *
 * @param patterns of the layers' names, with {@code *} and {@code ?}
 */
public record FrozenLayers(List<String> patterns) implements Serializable {
  /** Every layer is trained. */
  public static final FrozenLayers NONE = new FrozenLayers(List.of());

  public FrozenLayers {
    patterns = List.copyOf(patterns);
  }

  /** Whether a layer is frozen. */
  public boolean contains(String layer) {
    return patterns.stream().anyMatch(pattern -> LayerNames.match(pattern, layer));
  }

  /** The frozen ones of a graph's parameters, running statistics included. */
  public List<Parameter> of(ParameterLayout layout) {
    return layout.parameters().stream().filter(each -> contains(each.layer())).toList();
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
      if (layers.stream().noneMatch(layer -> LayerNames.match(pattern, layer))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid optimizer.frozen: %s matches no layer of %s (did you mean %s? isonorm init lists them)",
                pattern,
                network,
                NearestName.of(pattern, layers)));
      }
    }
    if (layers.stream().allMatch(this::contains)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid optimizer.frozen: %s leaves no layer of %s to train (must leave one)",
              patterns,
              network));
    }
  }
}
