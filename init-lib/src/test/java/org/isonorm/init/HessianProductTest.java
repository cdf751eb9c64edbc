package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.isonorm.init.ParameterTensor.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HessianProductTest {
  /** Rounding 1e-16 over the distance 1e-8, with room; truncation is far below. */
  private static final double DIFFERENCE = 1e-6;

  @ParameterizedTest
  @CsvSource({".5, -2, 1, 0", ".5, -2, 0, 1", "3, .2, -1, 5", "1, 1, 1, -1", "2, .5, 1e-6, 0"})
  void isTheHessianOfTwoLinearLayers(double u, double v, double a, double b) {
    double[][] at = {{u}, {v}};
    TwoLayerNet net = new TwoLayerNet();

    double[][] product = HessianProduct.of(net, at, new double[][] {{a}, {b}}, 0);

    double[] exact = TwoLayerNet.hessianTimes(u, v, a, b);
    assertThat(product[0][0]).isCloseTo(exact[0], within(DIFFERENCE));
    assertThat(product[1][0]).isCloseTo(exact[1], within(DIFFERENCE));
  }

  @Test
  void aConvolutionBeforeBatchNormalizationTurnsItsGradientAround() {
    // Differentiating ∇L(c w) = ∇L(w)/c at c = 1: H w = -g on the weights' own block, 0 elsewhere.
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named("relu"), 1);
    double[][] at = TinyBatchNormNet.start(1, .5);
    double[][] gradient = net.evaluate(at, 0).gradient();
    double[][] along = {at[0], new double[4], new double[4], new double[12]};

    double[][] product = HessianProduct.of(net, at, along, 0);

    for (int j = 0; j < at[0].length; j++) {
      assertThat(product[0][j]).isCloseTo(-gradient[0][j], within(DIFFERENCE));
    }
    for (int i = 1; i < 4; i++) {
      assertThat(Tensors.norm(product[i])).isCloseTo(0, within(DIFFERENCE));
    }
  }

  @Test
  void nothingTimesAHessianIsNothing() {
    TwoLayerNet net = new TwoLayerNet();
    double[][] at = {{1}, {2}};

    assertThat(HessianProduct.of(net, at, new double[2][1], 0)).isDeepEqualTo(new double[2][1]);
  }

  @Test
  void aGradientInSinglePrecisionIsFoundOut() {
    GradientOracle single =
        new GradientOracle() {
          @Override
          public List<ParameterTensor> tensors() {
            return List.of(new ParameterTensor("w", Kind.CONVOLUTION, 3, false));
          }

          @Override
          public LossGradient evaluate(double[][] parameters, long... batches) {
            double[] gradient = new double[3];
            for (int i = 0; i < 3; i++) {
              gradient[i] = (float) Math.sin(7 * parameters[0][i]);
            }
            return new LossGradient(0, new double[][] {gradient});
          }
        };
    double[][] at = {{.1, .2, .3}};
    double[][] gradient = single.evaluate(at).gradient();

    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> HessianProduct.of(single, at, gradient))
        .withMessageStartingWith("Cannot differentiate the gradient: ");
  }
}
