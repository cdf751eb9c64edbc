package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class SoftmaxCrossEntropyTest {

  /** DL4J computes in float32. */
  private static final float FLOAT_ROUNDING = 1e-6f;

  private final float[] logits = {1, -2, .5f, 3, 3.25f, -1, 0, 0, 0, -4, 2, 2.5f};
  private final float[] labels = {1, 0, 0, 1, 0, 0, 0, 0, 1, .25f, .25f, .5f};

  @Test
  void equalsDl4jsLoss() {
    INDArray z = Nd4j.createFromArray(logits).reshape('c', 4, 3);
    INDArray y = Nd4j.createFromArray(labels).reshape('c', 4, 3);
    LossMCXENT loss = new LossMCXENT();

    SoftmaxCrossEntropy ours = SoftmaxCrossEntropy.of(logits, labels, 3);

    assertThat(ours.meanLoss())
        .isCloseTo(
            loss.computeScore(y, z.dup(), new ActivationSoftmax(), null, true),
            within((double) FLOAT_ROUNDING));
    assertThat(ours.gradient())
        .containsExactly(
            loss.computeGradient(y, z.dup(), new ActivationSoftmax(), null)
                .dup('c')
                .data()
                .asFloat(),
            within(FLOAT_ROUNDING));
  }

  /** Mixing two examples' labels is mixing their losses: λ CE(y_a) + (1 − λ) CE(y_b). */
  @Test
  void isLinearInTheLabels() {
    float[] row = {1, -2, .5f};
    SoftmaxCrossEntropy a = SoftmaxCrossEntropy.of(row, new float[] {1, 0, 0}, 3);
    SoftmaxCrossEntropy b = SoftmaxCrossEntropy.of(row, new float[] {0, 0, 1}, 3);

    SoftmaxCrossEntropy mixed = SoftmaxCrossEntropy.of(row, new float[] {.75f, 0, .25f}, 3);

    assertThat(mixed.meanLoss())
        .isCloseTo(.75 * a.meanLoss() + .25 * b.meanLoss(), within((double) FLOAT_ROUNDING));
    for (int i = 0; i < 3; i++) {
      assertThat(mixed.gradient()[i])
          .isCloseTo(.75f * a.gradient()[i] + .25f * b.gradient()[i], within(FLOAT_ROUNDING));
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
        SoftmaxCrossEntropy.of(new float[] {1e4f, -1e4f}, new float[] {0, 1}, 2);

    assertThat(loss.meanLoss()).isEqualTo(2e4);
    assertThat(loss.gradient()).containsExactly(1, -1);
  }

  @Test
  void aNonFiniteLogitShowsInTheLoss() {
    assertThat(SoftmaxCrossEntropy.of(new float[] {Float.NaN, 0}, new float[] {0, 1}, 2).meanLoss())
        .isNaN();
  }

  @Test
  void refusesLabelsOfOtherClasses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SoftmaxCrossEntropy.of(logits, new float[8], 3))
        .withMessage("Invalid labels: 8 values, expected 12 (a row of 3 an example)");
  }
}
