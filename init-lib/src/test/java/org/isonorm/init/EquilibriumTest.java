package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.isonorm.init.WeightMotion.Spread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EquilibriumTest {
  private static final int DIMENSIONS = 400;

  /** ‖g̃‖² of the simulated gradients. */
  private static final double SQUARED_GRADIENT = 4;

  /** A mean over some thousand steps that remember 1/(1 − α) steps. */
  private static final double IN_EQUILIBRIUM = .01;

  /** The formula leaves out terms of order 1/τ and the first 1/(1 − α) steps of momentum. */
  private static final double ON_THE_WAY = .05;

  private static final double ROUNDING = 1e-12;

  /** Of a sum of rectangles, a thousand a τ. */
  private static final double BY_RECTANGLES = 1e-5;

  @ParameterizedTest
  @CsvSource({"0, false", ".5, false", ".9, false", ".5, true", ".9, true", ".95, true"})
  void weightsTurnAndKeepTheirNormAsPredicted(double momentum, boolean nesterov) {
    Equilibrium step = new Equilibrium(.1, .002, momentum, nesterov);
    double omega = step.norm(SQUARED_GRADIENT);
    Walk walk = new Walk(step, .3 * omega);
    long settled = Math.round(6 * step.steps() + 10 / (1 - momentum));
    for (long t = 0; t < settled; t++) {
      walk.step();
    }
    double norm = 0;
    double rotation = 0;
    int steps = 4000;
    for (int t = 0; t < steps; t++) {
      rotation += Math.pow(walk.step(), 2) / steps;
      norm += walk.norm() / steps;
    }

    assertThat(norm / omega).isCloseTo(1, within(IN_EQUILIBRIUM));
    assertThat(Math.sqrt(rotation) / step.rotation()).isCloseTo(1, within(IN_EQUILIBRIUM));
  }

  @ParameterizedTest
  @CsvSource({".9, false, .3", ".9, true, .3", ".9, true, 2", "0, false, .5"})
  void theNormGoesThereAsPredicted(double momentum, boolean nesterov, double start) {
    Equilibrium step = new Equilibrium(.1, .001, momentum, nesterov);
    double omega = step.norm(SQUARED_GRADIENT);
    Walk walk = new Walk(step, start * omega);
    for (int t = 1; t <= 3 * step.steps(); t++) {
      walk.step();
      if (t > .3 * step.steps()) {
        assertThat(walk.norm() / step.normAfter(t, start * omega, omega))
            .as("step %d of τ = %s", t, step.steps())
            .isCloseTo(1, within(ON_THE_WAY));
      }
    }
  }

  @Test
  void figuresOfThePapersRecipe() {
    Equilibrium nesterov = new Equilibrium(.1, 2e-4, .9, true);

    assertThat(nesterov.steps()).isCloseTo(1250, within(1250 * ROUNDING));
    assertThat(nesterov.rotation() / new Equilibrium(.1, 2e-4, .9, false).rotation())
        .isCloseTo(Math.sqrt(.19 * (3.61 + .6561 / .19)), within(ROUNDING));
    assertThat(new Equilibrium(.1, 0, .9, true).norm(1)).isInfinite();
  }

  @Test
  void aStepIsTheOptimizers() {
    Equilibrium step = new Equilibrium(.5, .25, .5, true);
    // V' = .5·(0, 2) + (0, 1) + .25·(2, 0) = (.5, 2); w −= .5·((.5, 1) + .5·(.5, 2)).
    WeightMotion motion =
        WeightMotion.of(new float[] {2, 0}, new float[] {0, 1}, new float[] {0, 2}, 1, true, step);

    assertThat(motion.rotation()).isCloseTo(Math.atan2(1, 2 - .375), within(ROUNDING));
    assertThat(motion.gradientRadialShare()).isZero();
    assertThat(motion.updateRadialShare()).isCloseTo(-.375 / Math.hypot(.375, 1), within(ROUNDING));
    assertThat(motion.equilibriumNorm()).isCloseTo(step.norm(4), within(ROUNDING));
    assertThat(motion.equilibriumRotation()).isEqualTo(step.rotation());
  }

  @Test
  void filtersHaveAMedianAndASpread() {
    float[] weights = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0};
    float[] gradient = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5};
    Equilibrium step = new Equilibrium(1, 0, 0, false);

    WeightMotion motion = WeightMotion.of(weights, gradient, new float[10], 5, false, step);

    assertThat(motion.filterNorm()).isEqualTo(new Spread(3, 2));
    assertThat(motion.filterRotation()).isEqualTo(new Spread(Math.PI / 4, 0));
    assertThat(motion.rotation()).isCloseTo(Math.PI / 4, within(ROUNDING));
    assertThat(motion.equilibriumNorm()).isNaN();
  }

  /** The steps of equilibrium that are missed on the way are those that the warmup misses. */
  @ParameterizedTest
  @CsvSource({"3", "1.5", "1.01", ".9", ".4"})
  void aStartIsLikeAWarmup(double start) {
    Equilibrium step = new Equilibrium(.1, .001, .9, true);
    double omega = 2;
    double missed = 0;
    double dt = step.steps() / 1000;
    for (double t = dt / 2; t < 40 * step.steps(); t += dt) {
      missed += dt * (1 - Math.pow(omega / step.normAfter(t, start * omega, omega), 2));
    }

    Warmup warmup = Warmup.of(start * omega, omega, step.steps());

    assertThat(warmup.fraction()).isCloseTo(1 / (start * start), within(ROUNDING));
    assertThat(warmup.steps() * (1 - warmup.fraction()) / 2 / missed)
        .isCloseTo(1, within(BY_RECTANGLES));
    assertThat(Warmup.of(omega, omega, 100)).isEqualTo(new Warmup(1, 200));
    assertThat(Warmup.of(1.0001, 1, 100).steps()).isCloseTo(200, within(.1));
  }

  @Test
  void rejectsWhatIsNoOptimizer() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Equilibrium(0, 1, 0, false))
        .withMessage("Invalid learning rate: 0 (must be > 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Equilibrium(1, -1, 0, false))
        .withMessage("Invalid weight decay: -1 (must be >= 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Equilibrium(1, 1, 1, false))
        .withMessage("Invalid momentum: 1 (must be in [0, 1))");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                WeightMotion.of(
                    new float[3],
                    new float[3],
                    new float[3],
                    2,
                    true,
                    new Equilibrium(1, 1, 0, false)))
        .withMessage("Invalid weights: 3 (must be a multiple of the 2 filters)");
  }

  /** Weights under gradients of random direction, orthogonal to them, of length ‖g̃‖/‖w‖. */
  private static final class Walk {
    private final Equilibrium step;
    private final Random random = new Random(1);
    private final double[] w = new double[DIMENSIONS];
    private final double[] v = new double[DIMENSIONS];

    Walk(Equilibrium step, double norm) {
      this.step = step;
      w[0] = norm;
    }

    double norm() {
      return Tensors.norm(w);
    }

    /** The angle of a step. */
    double step() {
      double[] g = new double[DIMENSIONS];
      for (int i = 0; i < g.length; i++) {
        g[i] = random.nextGaussian();
      }
      double norm = norm();
      double along = Tensors.dot(g, w) / (norm * norm);
      for (int i = 0; i < g.length; i++) {
        g[i] -= along * w[i];
      }
      double length = Math.sqrt(SQUARED_GRADIENT) / (norm * Tensors.norm(g));
      double[] before = w.clone();
      for (int i = 0; i < g.length; i++) {
        double decayed = length * g[i] + step.weightDecay() * w[i];
        v[i] = step.momentum() * v[i] + decayed;
        w[i] -= step.learningRate() * (step.nesterov() ? decayed + step.momentum() * v[i] : v[i]);
      }
      return Math.acos(Tensors.dot(before, w) / (norm * norm()));
    }
  }
}
