package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How the norms of activations and errors pass through a network: the factors α_l = ‖y_l‖/‖y_{l−1}‖
 * forward and β_l = ‖δ_{l−1}‖/‖δ_l‖ backward, both 1 in every layer by the necessary condition for
 * stable convergence (Zhang et al. 2022, section 2).
 *
 * <p>Layers are those with weights, in forward order; where a network branches, a layer's
 * predecessor is the one before it in that order. A layer whose signal is 0 while one further on in
 * the direction has a signal is bypassed: it belongs to a residual branch that starts at 0, as
 * Fixup's do, and says nothing of the depth. It is nobody's predecessor and no part of the verdict,
 * which leaves the last layer out too, the classifier: global pooling before it divides norms once,
 * whatever the depth.
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

  /**
   * α of a layer by position, ‖y_l‖/‖y_{l−1}‖; that of the first layer is by the input, and
   * bypassed layers are passed over.
   */
  public double alpha(int layer) {
    int before = layer - 1;
    while (before >= 0 && activationNorm(before) == 0 && activationNorm(layer) > 0) {
      before--;
    }
    return activationNorm(layer) / (before < 0 ? input.norm() : activationNorm(before));
  }

  /**
   * β of a layer by position, ‖δ_{l−1}‖/‖δ_l‖; NaN for the first, whose input has no error.
   * Bypassed layers are passed over.
   */
  public double beta(int layer) {
    if (layer == 0) {
      return Double.NaN;
    }
    int behind = layer;
    while (behind < layers.size() - 1 && errorNorm(behind) == 0 && errorNorm(layer - 1) > 0) {
      behind++;
    }
    return errorNorm(layer - 1) / errorNorm(behind);
  }

  /**
   * Positions of the layers before the classifier that are not bypassed by the activations, first
   * to last.
   */
  public List<Integer> forwardPath() {
    boolean reachesClassifier = activationNorm(layers.size() - 1) > 0;
    return path(
        IntStream.rangeClosed(0, last()).boxed().toList(), this::activationNorm, reachesClassifier);
  }

  /**
   * Positions of the layers before the classifier that are not bypassed by the errors, last to
   * first.
   */
  public List<Integer> backwardPath() {
    return path(
        IntStream.rangeClosed(0, last()).map(i -> last() - i).boxed().toList(),
        this::errorNorm,
        false);
  }

  /** The layers with a signal, and those behind the last of them unless it goes on. */
  private static List<Integer> path(
      List<Integer> direction, IntToDoubleFunction size, boolean goesOn) {
    List<Integer> signalled = direction.stream().filter(i -> size.applyAsDouble(i) != 0).toList();
    if (signalled.isEmpty()) {
      return direction;
    }
    int last = direction.indexOf(signalled.get(signalled.size() - 1));
    return goesOn
        ? signalled
        : Stream.concat(signalled.stream(), direction.subList(last + 1, direction.size()).stream())
            .toList();
  }

  /** The layer before the classifier. */
  private int last() {
    return Math.max(0, layers.size() - 2);
  }

  private double activationNorm(int layer) {
    return layers.get(layer).activation().norm();
  }

  private double errorNorm(int layer) {
    return layers.get(layer).error().norm();
  }

  /** What becomes of the activations from the first layer to the one before the classifier. */
  public Verdict forward() {
    return verdict(forwardPath(), this::activationNorm);
  }

  /** What becomes of the errors from the layer before the classifier to the first. */
  public Verdict backward() {
    return verdict(backwardPath(), this::errorNorm);
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
          String.format(
              Locale.ROOT, "%s change by a factor of %.3g over the depth", what, verdict.factor());
      case EXPLODING ->
          String.format(Locale.ROOT, "%s explode from layer %s on", what, verdict.fromLayer());
      case VANISHING ->
          String.format(Locale.ROOT, "%s vanish from layer %s on", what, verdict.fromLayer());
    };
  }

  private Verdict verdict(List<Integer> path, IntToDoubleFunction size) {
    double start = size.applyAsDouble(path.get(0));
    double factor = size.applyAsDouble(path.get(path.size() - 1)) / start;
    OptionalInt beyond = OptionalInt.empty();
    double there = 1;
    for (int i = 0; i < path.size() && beyond.isEmpty(); i++) {
      there = size.applyAsDouble(path.get(i)) / start;
      if (!(there <= STABLE_FACTOR && there >= 1 / STABLE_FACTOR)) {
        beyond = OptionalInt.of(path.get(i));
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
