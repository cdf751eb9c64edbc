package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.TunedScales.TensorScale;

/**
 * Layer-sequential unit variance (Mishkin and Matas 2016): behind a start by the rule orthonormal,
 * each layer's weights in forward order are divided by the standard deviation of its output on one
 * batch, until that is within .1 of 1, at most ten times.
 */
public final class Lsuv {
  /** Settings of the released code. */
  public static final Settings PUBLISHED = new Settings(.1, 10);

  /**
   * When a layer is done.
   *
   * @param tolerance distance of the standard deviation from 1
   * @param tries divisions at most
   */
  public record Settings(double tolerance, int tries) {
    public Settings {
      Checks.positiveAndFinite("tolerance", tolerance);
      Checks.positive("tries", tries);
    }
  }

  private Lsuv() {}

  /**
   * The factor of every layer's weights; the values are the standard deviations that came out.
   *
   * @throws ArithmeticException if a layer's output is constant, infinite or undefined
   */
  public static TunedScales run(
      ActivationOracle oracle, Settings settings, TuningProgress progress) {
    List<String> layers = oracle.layers();
    double[] scales = Tensors.ones(layers.size());
    List<TensorScale> named = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (int layer = 0; layer < scales.length; layer++) {
      double deviation = deviation(oracle, layer, scales);
      for (int i = 0; i < settings.tries() && !done(deviation, settings); i++) {
        scales[layer] /= deviation;
        deviation = deviation(oracle, layer, scales);
      }
      named.add(new TensorScale(layers.get(layer), scales[layer]));
      deviations.add(deviation);
      progress.step(layer + 1, scales.length, deviation);
    }
    return new TunedScales(named, deviations);
  }

  private static boolean done(double deviation, Settings settings) {
    return Math.abs(deviation - 1) <= settings.tolerance();
  }

  private static double deviation(ActivationOracle oracle, int layer, double[] scales) {
    double deviation = oracle.outputStandardDeviation(layer, scales.clone());
    if (!(deviation > 0 && Double.isFinite(deviation))) {
      throw new ArithmeticException(
          String.format(
              Locale.ROOT,
              "Cannot scale layer %s: the standard deviation of its output is %s (must be > 0 and finite)",
              oracle.layers().get(layer),
              deviation));
    }
    return deviation;
  }
}
