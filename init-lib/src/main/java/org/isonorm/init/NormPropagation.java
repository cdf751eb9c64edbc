package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;

/**
 * How the norms of activations and errors pass through a network: the factors α_l = ‖y_l‖/‖y_{l−1}‖
 * forward and β_l = ‖δ_{l−1}‖/‖δ_l‖ backward, both 1 in every layer by the necessary condition for
 * stable convergence (Zhang et al. 2022, section 2).
 *
 * <p>Layers are those with weights, in forward order; where a network branches, a layer's
 * predecessor is the one before it in that order. The verdict leaves the last layer out, the
 * classifier: global pooling before it divides norms once, whatever the depth.
 *
 * @param layers what was measured, in forward order
 * @param input statistics of the network's input, y_0
 */
public record NormPropagation(List<LayerSignals> layers, SignalStatistics input) {
  /**
   * Factor over the whole depth beyond which signals count as exploded or vanished: with 30 layers
   * 1.26 a layer, far more than what a stable network's pooling and branches do, and within it any
   * learning rate serves first and last layers alike.
   */
  public static final double STABLE_FACTOR = 1e3;

  /** Whether the norms keep their size. */
  public enum Stability {
    STABLE,
    EXPLODING,
    VANISHING
  }

  /**
   * What became of the signals of one direction.
   *
   * @param stability whether they kept their size
   * @param factor last norm over the first, in the direction of propagation
   * @param fromLayer the first layer beyond the stable factor, null if stable
   */
  public record Verdict(Stability stability, double factor, String fromLayer) {}

  public NormPropagation {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid layers: none (must have at least one layer with weights)");
    }
  }

  /** α of a layer by position, ‖y_l‖/‖y_{l−1}‖; that of the first layer is by the input. */
  public double alpha(int layer) {
    SignalStatistics before = layer == 0 ? input : layers.get(layer - 1).activation();
    return layers.get(layer).activation().norm() / before.norm();
  }

  /** β of a layer by position, ‖δ_{l−1}‖/‖δ_l‖; NaN for the first, whose input has no error. */
  public double beta(int layer) {
    return layer == 0
        ? Double.NaN
        : layers.get(layer - 1).error().norm() / layers.get(layer).error().norm();
  }

  /** What becomes of the activations from the first layer to the one before the classifier. */
  public Verdict forward() {
    return verdict(false, i -> layers.get(i).activation().norm());
  }

  /** What becomes of the errors from the layer before the classifier to the first. */
  public Verdict backward() {
    return verdict(true, i -> layers.get(i).error().norm());
  }

  /** Both directions in a sentence. */
  public String sentence() {
    List<String> parts = new ArrayList<>();
    parts.add(words("activations", forward()));
    parts.add(words("errors", backward()));
    boolean stable =
        forward().stability() == Stability.STABLE && backward().stability() == Stability.STABLE;
    return (stable ? "Stable: " : "Not stable: ") + String.join("; ", parts) + ".";
  }

  private static String words(String what, Verdict verdict) {
    return switch (verdict.stability()) {
      case STABLE ->
          "%s change by a factor of %.3g over the depth".formatted(what, verdict.factor());
      case EXPLODING -> "%s explode from layer %s on".formatted(what, verdict.fromLayer());
      case VANISHING -> "%s vanish from layer %s on".formatted(what, verdict.fromLayer());
    };
  }

  private Verdict verdict(boolean reversed, IntToDoubleFunction size) {
    int last = Math.max(0, layers.size() - 2);
    double start = size.applyAsDouble(reversed ? last : 0);
    double factor = size.applyAsDouble(reversed ? 0 : last) / start;
    OptionalInt beyond = OptionalInt.empty();
    double there = 1;
    for (int i = 0; i <= last && beyond.isEmpty(); i++) {
      int layer = reversed ? last - i : i;
      there = size.applyAsDouble(layer) / start;
      if (!(there <= STABLE_FACTOR && there >= 1 / STABLE_FACTOR)) {
        beyond = OptionalInt.of(layer);
      }
    }
    if (beyond.isEmpty()) {
      return new Verdict(Stability.STABLE, factor, null);
    }
    // What is not even a number overflowed, or was 0 from the start.
    boolean vanished = there < 1 || start == 0;
    return new Verdict(
        vanished ? Stability.VANISHING : Stability.EXPLODING,
        factor,
        layers.get(beyond.getAsInt()).name());
  }
}
