package org.isonorm.init;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * MetaInit (Dauphin and Schoenholz 2019): the norms of tensors are changed, their directions kept,
 * to lower the gradient quotient GQ, so that the first gradients stay right over a step as long as
 * themselves. Step t takes batch t of the oracle.
 *
 * <p>Two versions: the original moves the norm of every weight tensor by the sign of GQ's
 * derivative with momentum, v ← μ v - η sign(∂GQ/∂‖W‖), ‖W‖ ← ‖W‖ + v, on standard normal inputs
 * with random labels (the oracle must serve such batches). The other is the baseline of table 1 of
 * Zhang et al. 2022, as GradInit's repository runs it: batches of real, augmented examples for one
 * epoch, and every tensor that is not 0 scaled by {@code RescaleAdam}.
 *
 * <p>A step takes the gradient, three products with the Hessian and a third derivative of three
 * exact products; from an oracle that has none, two products, and for each tensor that is not
 * scale-invariant two gradients and two more.
 */
public final class MetaInit {
  /** How scales follow from derivatives. */
  public enum Version {
    /** Signs with momentum on the norms of convolutions and classifier. */
    ORIGINAL,
    /** Adam on the scales of every tensor that is not 0. */
    TABLE_1
  }

  /**
   * How long and how fast.
   *
   * @param version original or table 1's
   * @param learningRate of the norms (original) or scales (table 1)
   * @param momentum μ; the original's alone
   * @param steps number of steps
   * @param epsilon ε of GQ
   */
  public record Settings(
      Version version, double learningRate, double momentum, int steps, double epsilon) {
    public Settings {
      Checks.positiveAndFinite("learning rate", learningRate);
      Checks.positive("steps", steps);
      Checks.positiveAndFinite("epsilon", epsilon);
      if (!(momentum >= 0 && momentum < 1)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "Invalid momentum: %s (must be in [0, 1))", Checks.plain(momentum)));
      }
    }

    /** 500 steps at rate .1 and momentum .9, for any network. */
    public static Settings original() {
      return new Settings(Version.ORIGINAL, .1, .9, 500, 1e-5);
    }

    /**
     * One epoch at rate .001, for any network.
     *
     * @param stepsPerEpoch batches of an epoch: 390 of CIFAR in batches of 128
     */
    public static Settings table1(int stepsPerEpoch) {
      return new Settings(Version.TABLE_1, 1e-3, 0, stepsPerEpoch, 1e-5);
    }
  }

  /** A norm cannot fall below this share of what it was; the scale of table 1's version neither. */
  private static final double LEAST_SCALE = .01;

  private MetaInit() {}

  /**
   * Learns the scales; the values are GQ.
   *
   * @param start the parameters that the scales multiply; not modified
   * @throws ArithmeticException if GQ becomes infinite or undefined
   */
  public static TunedScales run(
      GradientOracle oracle, double[][] start, Settings settings, TuningProgress progress) {
    List<ParameterTensor> tensors = oracle.tensors();
    Tensors.checkFit(tensors, start);
    boolean[] tuned = new boolean[start.length];
    for (int i = 0; i < start.length; i++) {
      tuned[i] =
          !Tensors.isZero(start[i])
              && (settings.version() == Version.TABLE_1 || tensors.get(i).kind().isWeight());
    }
    ScaleUpdate update =
        switch (settings.version()) {
          case ORIGINAL -> signMomentum(settings, start, tuned);
          case TABLE_1 -> rescaleAdam(settings, tuned);
        };
    double[] scales = Tensors.ones(start.length);
    List<Double> quotients = new ArrayList<>();
    for (int step = 0; step < settings.steps(); step++) {
      GradientQuotient quotient =
          new GradientQuotient(oracle, Tensors.scaled(start, scales), settings.epsilon(), step);
      quotients.add(Tensors.checkFinite("gradient quotient", quotient.value(), step));
      update.move(scales, quotient.logarithmicDerivatives(tuned));
      progress.step(step + 1, settings.steps(), quotient.value());
    }
    return new TunedScales(Tensors.named(tensors, scales), quotients);
  }

  /** Changes the scales by the derivatives of GQ by their logarithms. */
  private interface ScaleUpdate {
    void move(double[] scales, double[] logarithmicDerivatives);
  }

  private static ScaleUpdate signMomentum(Settings settings, double[][] start, boolean[] tuned) {
    double[] velocity = new double[start.length];
    return (scales, derivatives) -> {
      for (int i = 0; i < scales.length; i++) {
        if (tuned[i]) {
          // A norm is positive, so that the derivative by it has the sign of that by its logarithm.
          velocity[i] =
              settings.momentum() * velocity[i]
                  - settings.learningRate() * Math.signum(derivatives[i]);
          scales[i] = Math.max(scales[i] + velocity[i] / Tensors.norm(start[i]), LEAST_SCALE);
        }
      }
    };
  }

  private static ScaleUpdate rescaleAdam(Settings settings, boolean[] tuned) {
    double[] least = new double[tuned.length];
    Arrays.fill(least, LEAST_SCALE);
    RescaleAdam adam = new RescaleAdam(settings.learningRate(), least);
    return (scales, derivatives) -> {
      double[] byScale = new double[scales.length];
      for (int i = 0; i < scales.length; i++) {
        byScale[i] = derivatives[i] / scales[i];
      }
      adam.step(RescaleAdam.Kind.OBJECTIVE, scales, byScale, tuned);
    };
  }
}
