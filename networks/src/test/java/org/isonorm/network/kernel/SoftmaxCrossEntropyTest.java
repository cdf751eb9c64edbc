package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class SoftmaxCrossEntropyTest {

  /** Of float32, in which networks give logits. */
  private static final double FLOAT_ROUNDING = 1e-6;

  private final double[] logits = {1, -2, .5, 3, 3.25, -1, 0, 0, 0, -4, 2, 2.5};
  private final double[] labels = {1, 0, 0, 1, 0, 0, 0, 0, 1, .25, .25, .5};

  @Test
  void equalsDl4jsLoss() {
    INDArray z = Nd4j.createFromArray(logits).reshape('c', 4, 3);
    INDArray y = Nd4j.createFromArray(labels).reshape('c', 4, 3);
    LossMCXENT loss = new LossMCXENT();

    SoftmaxCrossEntropy ours = SoftmaxCrossEntropy.of(logits, labels, 3);

    assertThat(ours.meanLoss())
        .isCloseTo(
            loss.computeScore(y, z.dup(), new ActivationSoftmax(), null, true),
            within(FLOAT_ROUNDING));
    assertThat(ours.gradient())
        .containsExactly(
            loss.computeGradient(y, z.dup(), new ActivationSoftmax(), null)
                .dup('c')
                .data()
                .asDouble(),
            within(FLOAT_ROUNDING));
  }

  /** Mixing two examples' labels is mixing their losses: λ CE(y_a) + (1 − λ) CE(y_b). */
  @Test
  void isLinearInTheLabels() {
    double[] row = {1, -2, .5};
    SoftmaxCrossEntropy a = SoftmaxCrossEntropy.of(row, new double[] {1, 0, 0}, 3);
    SoftmaxCrossEntropy b = SoftmaxCrossEntropy.of(row, new double[] {0, 0, 1}, 3);

    SoftmaxCrossEntropy mixed = SoftmaxCrossEntropy.of(row, new double[] {.75, 0, .25}, 3);

    assertThat(mixed.meanLoss())
        .isCloseTo(.75 * a.meanLoss() + .25 * b.meanLoss(), within(FLOAT_ROUNDING));
    for (int i = 0; i < 3; i++) {
      assertThat(mixed.gradient()[i])
          .isCloseTo(.75 * a.gradient()[i] + .25 * b.gradient()[i], within(FLOAT_ROUNDING));
    }
  }

  @Test
  void countsTheLikeliestClass() {
    // Right, wrong, a tie that the first class wins, right.
    assertThat(SoftmaxCrossEntropy.of(logits, labels, 3).correct()).isEqualTo(2);
  }

  @Test
  void largeLogitsStayFinite() {
    SoftmaxCrossEntropy loss =
        SoftmaxCrossEntropy.of(new double[] {1e4, -1e4}, new double[] {0, 1}, 2);

    assertThat(loss.meanLoss()).isEqualTo(2e4);
    assertThat(loss.gradient()).containsExactly(1, -1);
  }

  @Test
  void aNonFiniteLogitShowsInTheLoss() {
    assertThat(
            SoftmaxCrossEntropy.of(new double[] {Double.NaN, 0}, new double[] {0, 1}, 2).meanLoss())
        .isNaN();
  }

  @Test
  void refusesLabelsOfOtherClasses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SoftmaxCrossEntropy.of(logits, new double[8], 3))
        .withMessage("Invalid labels: 8 values, expected 12 (a row of 3 an example)");
  }
}
