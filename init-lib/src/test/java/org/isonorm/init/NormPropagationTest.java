package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.isonorm.init.NormPropagation.Stability;
import org.junit.jupiter.api.Test;

class NormPropagationTest {

  @Test
  void factorsAreTheRatiosOfNeighbours() {
    NormPropagation norms = norms(new double[] {2, 6, 3, 1}, new double[] {8, 4, 2, 1});

    assertThat(norms.alpha(0)).isEqualTo(2);
    assertThat(norms.alpha(1)).isEqualTo(3);
    assertThat(norms.alpha(2)).isEqualTo(.5);
    assertThat(norms.beta(0)).isNaN();
    assertThat(norms.beta(1)).isEqualTo(2);
    assertThat(norms.sentence())
        .isEqualTo(
            "Stable: activations change by a factor of 1.50 over the depth; errors change by a"
                + " factor of 4.00 over the depth.");
  }

  @Test
  void namesTheLayerFromWhichSignalsExplodeOrVanish() {
    NormPropagation exploding =
        norms(new double[] {1, 10, 2e3, 1e5, 1}, new double[] {1, 1, 1, 1, 1});
    NormPropagation vanishing =
        norms(new double[] {1, 1, 1, 1, 1}, new double[] {1e-8, 1e-4, 1e-2, 1, 1});

    assertThat(exploding.sentence())
        .isEqualTo(
            "Not stable: activations explode from layer 3 on; errors change by a factor of 1.00"
                + " over the depth.");
    assertThat(vanishing.backward().stability()).isEqualTo(Stability.VANISHING);
    assertThat(vanishing.backward().fromLayer()).isEqualTo("2");
  }

  /**
   * Fixup's branches: the second and fourth layer at 0, errors at none of the first of a branch.
   */
  @Test
  void whatAShortcutLeadsAroundIsNoPartOfTheDepth() {
    NormPropagation norms =
        norms(new double[] {4, 1, 0, 2, 0, 3, 0, 1}, new double[] {9, 0, 6, 0, 3, 0, 1, 1});

    assertThat(norms.forwardPath()).containsExactly(0, 1, 3, 5);
    assertThat(norms.backwardPath()).containsExactly(6, 4, 2, 0);
    assertThat(norms.alpha(2)).isZero();
    assertThat(norms.alpha(3)).isEqualTo(2);
    assertThat(norms.beta(1)).isEqualTo(1.5);
    assertThat(norms.backward().stability()).isEqualTo(Stability.STABLE);
    assertThat(norms.backward().factor()).isEqualTo(9);
  }

  @Test
  void aBranchAtZeroBeforeTheClassifierIsNoPartOfTheDepthEither() {
    // The last layer before the classifier is a branch's, which is at 0; the classifier is not.
    NormPropagation norms = norms(new double[] {4, 2, 0, 1}, new double[] {1, 1, 1, 1});

    assertThat(norms.forwardPath()).containsExactly(0, 1);
    assertThat(norms.forward().stability()).isEqualTo(Stability.STABLE);
  }

  @Test
  void whatDiedOutHasVanished() {
    NormPropagation norms = norms(new double[] {1, 1e-30, 0, 0, 0}, new double[] {0, 0, 0, 0, 1});

    assertThat(norms.forward().stability()).isEqualTo(Stability.VANISHING);
    assertThat(norms.forward().fromLayer()).isEqualTo("2");
    assertThat(norms.backward().stability()).isEqualTo(Stability.VANISHING);
    assertThat(norms.backward().fromLayer()).isEqualTo("4");
  }

  @Test
  void weightsOfZeroHaveNoRelativeStep() {
    LayerSignals layer = new LayerSignals("a", 1, signal(1), signal(1), 0, 1);

    assertThat(layer.updateRatio(.1)).isNaN();
    assertThat(layer.effectiveLearningRate(.1)).isNaN();
  }

  @Test
  void refusesANetworkWithoutLayers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NormPropagation(List.of(), signal(1)))
        .withMessage("Invalid layers: none (must have at least one layer with weights)");
  }

  /** Layers named by their number, behind an input of norm 1; the last is the classifier. */
  private static NormPropagation norms(double[] activations, double[] errors) {
    return new NormPropagation(
        IntStream.range(0, activations.length)
            .mapToObj(
                i ->
                    new LayerSignals(
                        String.valueOf(i + 1), 1, signal(activations[i]), signal(errors[i]), 1, 1))
            .toList(),
        signal(1));
  }

  private static SignalStatistics signal(double norm) {
    return new SignalStatistics(norm, 0, 0);
  }
}
