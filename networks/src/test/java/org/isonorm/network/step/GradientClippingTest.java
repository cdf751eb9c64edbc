package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GradientClippingTest {
  /** Squares of every parameter in float32, against the bound that they were scaled to. */
  private static final double BOUND = 1e-5;

  /** Float32 rounding of a value and of a factor. */
  private static final float ROUNDING = 1e-6f;

  /** Two units of a convolution, a shift, a running mean and a classifier. */
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              new Parameter("stem", ParameterKind.CONVOLUTION, 0, 4, 2),
              new Parameter("stem.bn", ParameterKind.SHIFT, 4, 6, 1),
              new Parameter("stem.bn", ParameterKind.RUNNING_MEAN, 6, 7, 1),
              new Parameter("classifier", ParameterKind.BIAS, 7, 8, 1),
              new Parameter("classifier", ParameterKind.CLASSIFIER, 8, 9, 1)));

  private final INDArray parameters = row(3, 4, .3f, .4f, 0, 0, 9, 1, 1);

  /** Sums over a batch of two: norms of the means are 1, 1, .0005, -, 2, 2. */
  private final INDArray gradient = row(1.2f, 1.6f, 2, 0, .0006f, .0008f, 100, 4, -4);

  private static INDArray row(float... values) {
    return Nd4j.createFromArray(values).reshape(1, values.length);
  }

  private double clip(GradientClipping clipping) {
    return new GradientClipper(LAYOUT, FrozenLayers.NONE, KernelProvider.kernels())
        .clip(clipping, parameters, gradient, 2);
  }

  private void assertGradient(float... expected) {
    assertThat(gradient.dup().data().asFloat()).containsExactly(expected, within(ROUNDING));
  }

  @Test
  void noBoundChangesNothing() {
    assertThat(clip(GradientClipping.NONE)).isEqualTo(1);
    assertGradient(1.2f, 1.6f, 2, 0, .0006f, .0008f, 100, 4, -4);
  }

  /** 1 + 1 + 4 + 4 and next to nothing: the norm is the root of 10. */
  @Test
  void scalesTheWholeGradientToTheNorm() {
    assertThat(clip(new GradientClipping(1, 0)))
        .isCloseTo(1 / Math.sqrt(10), within((double) ROUNDING));
    assertThat(clip(new GradientClipping(4, 0))).isEqualTo(1);
    assertGradient(1.2f, 1.6f, 2, 0, .0006f, .0008f, 100, 4, -4);
  }

  /**
   * At c = .4 the first unit may have 2, the second .2, a fifth of its own, the shift that is still
   * 0 .4 of .001, four fifths of its own; classifier and running statistics stay.
   */
  @Test
  void scalesEveryUnitToAShareOfItsWeights() {
    assertThat(clip(new GradientClipping(0, .4))).isEqualTo(1);
    assertGradient(1.2f, 1.6f, .4f, 0, .00048f, .00064f, 100, 4, -4);
  }

  @Test
  void theAdaptiveBoundGoesFirst() {
    // 1 + .04 + 4 + 4 and next to nothing.
    assertThat(clip(new GradientClipping(1, .4)))
        .isCloseTo(1 / Math.sqrt(9.04), within((double) ROUNDING));
  }

  @Test
  void refusesNegativeBounds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GradientClipping(-1, 0))
        .withMessage("Invalid clip-norm: -1.0 (must be >= 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GradientClipping(0, Double.NaN))
        .withMessage("Invalid adaptive-clipping: NaN (must be >= 0 and finite)");
  }

  enum Bound {
    NORM(new GradientClipping(1e-2, 0)),
    ADAPTIVE(new GradientClipping(0, 1e-3));

    private final GradientClipping clipping;

    Bound(GradientClipping clipping) {
      this.clipping = clipping;
    }
  }

  /** Without weight decay and momentum the step is the rate times the clipped gradient. */
  @ParameterizedTest
  @EnumSource
  void aStepIsNoLongerThanItsBoundAndWeightDecayIsOnTopOfIt(Bound bound) {
    NetworkDefinition definition = SmallNetworks.resNet();
    double decay = .5;
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    float[] before = graph.params().dup().data().asFloat();
    step.compute(batch.features(), batch.labels());
    step.update(new OptimizerSettings(1, 0, decay, false).withClipping(bound.clipping));
    float[] after = graph.params().dup().data().asFloat();

    double squares = 0;
    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      if (!parameter.kind().isTrained()) {
        continue;
      }
      double undone = parameter.kind().group() == ParameterGroups.Group.WEIGHTS ? decay : 0;
      int length = (int) (parameter.to() - parameter.from()) / parameter.units();
      for (int unit = 0; unit < parameter.units(); unit++) {
        double moved = 0;
        double weights = 0;
        for (int i = (int) parameter.from() + unit * length;
            length > i - (int) parameter.from() - unit * length;
            i++) {
          moved += Math.pow(before[i] - after[i] - undone * before[i], 2);
          weights += Math.pow(before[i], 2);
        }
        squares += moved;
        if (bound == Bound.ADAPTIVE && !parameter.layer().equals("classifier")) {
          assertThat(Math.sqrt(moved))
              .as(parameter.layer())
              .isLessThan(
                  bound.clipping.adaptive() * Math.max(Math.sqrt(weights), 1e-3) + ROUNDING);
        }
      }
    }
    if (bound == Bound.NORM) {
      assertThat(Math.sqrt(squares)).isCloseTo(bound.clipping.norm(), within(BOUND));
    }
  }
}
