package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.isonorm.init.Equilibrium.Averaging;
import org.isonorm.init.WeightMotion.Spread;
import org.junit.jupiter.api.Tag;
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

  /** Over some hundred rounds; the formula leaves out that momentum is averaged, too. */
  private static final double OF_AN_AVERAGE = .03;

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

  /**
   * Workers who draw noise of their own, at a batch that is their share of a global one, and start
   * anew from their average.
   */
  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "1, 16, .5, false",
    "4, 1, .5, false",
    "2, 64, 0, false",
    "4, 16, .5, true",
    "4, 64, .5, false"
  })
  void averagedWeightsTurnAndKeepTheirNormAsPredicted(
      int workers, int frequency, double momentum, boolean nesterov) {
    // τ is 50 steps, 64 of which are more than enough to show.
    Equilibrium step = new Equilibrium(.1, (1 - momentum) / 20, momentum, nesterov);
    Averaging averaging = new Averaging(workers, frequency);
    double omega = step.norm(SQUARED_GRADIENT, averaging);
    List<Walk> walks = new ArrayList<>();
    for (int k = 0; k < workers; k++) {
      walks.add(new Walk(step, omega, k + 1, workers * SQUARED_GRADIENT));
    }
    int settled = 600 / frequency;
    int rounds = settled + Math.max(100, 6000 / frequency);
    double norm = 0;
    double cosine = 0;
    for (int round = 0; round < rounds; round++) {
      double[] before = walks.get(0).w.clone();
      for (int t = 0; t < frequency; t++) {
        walks.forEach(Walk::step);
      }
      Walk.average(walks);
      if (round >= settled) {
        double now = walks.get(0).norm();
        norm += now / (rounds - settled);
        cosine +=
            Tensors.dot(before, walks.get(0).w) / (Tensors.norm(before) * now) / (rounds - settled);
      }
    }

    assertThat(norm / omega).isCloseTo(1, within(OF_AN_AVERAGE));
    assertThat(Math.acos(cosine) / step.rotation(frequency)).isCloseTo(1, within(OF_AN_AVERAGE));
  }

  @Test
  void limitsOfAnAverage() {
    Equilibrium step = new Equilibrium(.1, .002, .9, true);

    assertThat(step.norm(4, Averaging.NONE)).isCloseTo(step.norm(4), within(ROUNDING));
    assertThat(step.norm(4, new Averaging(1, 1000))).isCloseTo(step.norm(4), within(ROUNDING));
    // The mean of four independent vectors of equal length, of noise four times as strong.
    assertThat(step.norm(4, new Averaging(4, 1_000_000)))
        .isCloseTo(step.norm(4 * 4) / 2, within(ROUNDING));
    assertThat(new Equilibrium(.1, 0, .9, true).norm(4, new Averaging(4, 64))).isInfinite();
    for (boolean nesterov : new boolean[] {false, true}) {
      Equilibrium slow = new Equilibrium(1e-3, 1e-4, .9, nesterov);
      assertThat(slow.rotation(1) / slow.rotation()).isCloseTo(1, within(1e-6));
      // Over many steps momentum is but a rate of 1/(1 − α).
      assertThat(Math.cos(slow.rotation(10_000)))
          .isCloseTo(Math.exp(-1e-7 * 10_000 / .1), within(1e-5));
    }
  }

  @Test
  void anAngleIsExactHoweverSmall() {
    assertThat(WeightMotion.angle(new float[] {3, 0}, new float[] {0, 2}))
        .isCloseTo(Math.PI / 2, within(ROUNDING));
    assertThat(WeightMotion.angle(new float[] {1, 0}, new float[] {2, 2e-6f}) / 1e-6)
        .isCloseTo(1, within(1e-6));
    assertThat(WeightMotion.angle(new float[2], new float[] {1, 1})).isNaN();
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
        WeightMotion.of(
            new float[] {2, 0},
            new float[] {0, 1},
            new float[] {0, 2},
            1,
            true,
            step,
            new Averaging(2, 3));

    assertThat(motion.rotation()).isCloseTo(Math.atan2(1, 2 - .375), within(ROUNDING));
    assertThat(motion.gradientRadialShare()).isZero();
    assertThat(motion.updateRadialShare()).isCloseTo(-.375 / Math.hypot(.375, 1), within(ROUNDING));
    assertThat(motion.equilibriumNorm())
        .isCloseTo(step.norm(4, new Averaging(2, 3)), within(ROUNDING));
    assertThat(motion.equilibriumRotation()).isEqualTo(step.rotation());
    assertThat(motion.equilibriumRoundRotation()).isEqualTo(step.rotation(3));
  }

  @Test
  void filtersHaveAMedianAndASpread() {
    float[] weights = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0};
    float[] gradient = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5};
    Equilibrium step = new Equilibrium(1, 0, 0, false);

    WeightMotion motion =
        WeightMotion.of(weights, gradient, new float[10], 5, false, step, Averaging.NONE);

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
        .isThrownBy(() -> new Averaging(0, 1))
        .withMessage("Invalid averaging: 0 workers every 1 steps (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                WeightMotion.of(
                    new float[3],
                    new float[3],
                    new float[3],
                    2,
                    true,
                    new Equilibrium(1, 1, 0, false),
                    Averaging.NONE))
        .withMessage("Invalid weights: 3 (must be a multiple of the 2 filters)");
  }

  /** Weights under gradients of random direction, orthogonal to them, of length ‖g̃‖/‖w‖. */
  private static final class Walk {
    private final Equilibrium step;
    private final Random random;
    private final double squaredGradient;
    private final double[] w = new double[DIMENSIONS];
    private final double[] v = new double[DIMENSIONS];

    Walk(Equilibrium step, double norm) {
      this(step, norm, 1, SQUARED_GRADIENT);
    }

    Walk(Equilibrium step, double norm, long seed, double squaredGradient) {
      this.step = step;
      this.random = new Random(seed);
      this.squaredGradient = squaredGradient;
      w[0] = norm;
    }

    /** Lets all go on from the mean of their weights and velocities. */
    static void average(List<Walk> walks) {
      for (int i = 0; i < DIMENSIONS; i++) {
        int at = i;
        double weight = walks.stream().mapToDouble(walk -> walk.w[at]).average().orElseThrow();
        double velocity = walks.stream().mapToDouble(walk -> walk.v[at]).average().orElseThrow();
        for (Walk walk : walks) {
          walk.w[i] = weight;
          walk.v[i] = velocity;
        }
      }
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
      double length = Math.sqrt(squaredGradient) / (norm * Tensors.norm(g));
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
