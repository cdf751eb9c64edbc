package org.isonorm.network.kernel.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.NesterovStep;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The oracle itself, against small sums done by hand and against finite differences. */
class ReferenceKernelsTest {
  /** A few operations in float32 on numbers near 1. */
  private static final float SINGLE = 1e-6f;

  /**
   * A central difference of a function that is linear in what is moved is exact; what is left is
   * the rounding of results to float, some 1e-7 of values near 10.
   */
  private static final double LINEAR_TOLERANCE = 2e-5;

  /** The same with a curvature of order 1 and steps of 1e-2. */
  private static final double SMOOTH_TOLERANCE = 2e-3;

  private final Kernels kernels = new ReferenceKernels();
  private final RandomGenerator random = new SplittableRandom(3);

  @Test
  void convolvesByHand() {
    INDArray input = Nd4j.createFromArray(1f, 2f, 3f, 4f).reshape(1, 2, 2, 1);
    INDArray weights = Nd4j.createFromArray(1f, 10f, 100f, 1000f).reshape(1, 1, 2, 2);
    INDArray output = Nd4j.create(1, 3, 3, 1);
    kernels
        .convolution(ConvolutionShape.of(1, 2, 2, 1, 1, 2, 1, 1, true))
        .forward(input, weights, Nd4j.createFromArray(0.5f), output);
    assertThat(output.reshape(9).toFloatVector())
        .containsExactly(1000.5f, 2100.5f, 200.5f, 3010.5f, 4321.5f, 402.5f, 30.5f, 43.5f, 4.5f);
  }

  @Test
  void convolutionGradientsAreDerivatives() {
    ConvolutionShape shape = new ConvolutionShape(2, 4, 6, 5, 6, 3, 3, 2, 1, 1, 2, 1, 2, 2, true);
    INDArray x = normal(2, 6, 5, 4);
    INDArray w = normal(6, 2, 3, 3);
    INDArray b = normal(6);
    INDArray dy = normal(2, shape.outHeight(), shape.outWidth(), 6);
    INDArray dx = x.like();
    INDArray dw = w.like();
    INDArray db = b.like();
    ConvolutionKernel kernel = kernels.convolution(shape);
    kernel.backward(x, w, dy, dx, dw, db);
    Supplier<INDArray> forward =
        () -> {
          INDArray y = dy.like();
          kernel.forward(x, w, b, y);
          return y;
        };
    assertDerivative(forward, dy, x, dx, 1, LINEAR_TOLERANCE);
    assertDerivative(forward, dy, w, dw, 1, LINEAR_TOLERANCE);
    assertDerivative(forward, dy, b, db, 1, LINEAR_TOLERANCE);
  }

  @Test
  void batchNormalizationGradientsAreDerivatives() {
    BatchNormalizationShape shape = new BatchNormalizationShape(3, 4, 2, 5, 1e-5, false);
    INDArray x = normal(3, 4, 2, 5);
    INDArray scale = normal(5);
    INDArray shift = normal(5);
    INDArray dy = normal(3, 4, 2, 5);
    INDArray mean = Nd4j.create(5);
    INDArray variance = Nd4j.create(5);
    INDArray dx = x.like();
    INDArray dScale = scale.like();
    INDArray dShift = shift.like();
    BatchNormalizationKernel kernel = kernels.batchNormalization(shape);
    Supplier<INDArray> forward =
        () -> {
          INDArray y = dy.like();
          kernel.forwardTraining(x, scale, shift, y, mean, variance);
          return y;
        };
    kernel.forwardTraining(x, scale, shift, dy.like(), mean, variance);
    kernel.backward(x, dy, scale, mean, variance, dx, dScale, dShift);
    assertDerivative(forward, dy, x, dx, 1e-2, SMOOTH_TOLERANCE);
    assertDerivative(forward, dy, scale, dScale, 1, LINEAR_TOLERANCE);
    assertDerivative(forward, dy, shift, dShift, 1, LINEAR_TOLERANCE);
  }

  @Test
  void scalarAffineGradientsAreDerivatives() {
    INDArray x = normal(3, 4, 2, 5);
    INDArray multiplier = normal(1);
    INDArray bias = normal(1);
    INDArray dy = normal(3, 4, 2, 5);
    INDArray dx = x.like();
    INDArray dMultiplier = multiplier.like();
    INDArray dBias = bias.like();
    ScalarAffineKernel kernel = kernels.scalarAffine(x.length(), true);
    kernel.backward(x, multiplier, dy, dx, dMultiplier, dBias);
    Supplier<INDArray> forward =
        () -> {
          INDArray y = dy.like();
          kernel.forward(x, multiplier, bias, y);
          return y;
        };
    assertDerivative(forward, dy, x, dx, 1, LINEAR_TOLERANCE);
    assertDerivative(forward, dy, multiplier, dMultiplier, 1, LINEAR_TOLERANCE);
    assertDerivative(forward, dy, bias, dBias, 1, LINEAR_TOLERANCE);
  }

  @Test
  void reluStopsTheGradientsOfWhatItStopped() {
    INDArray x = normal(3, 4, 2, 5);
    INDArray ones = Nd4j.onesLike(x);
    INDArray scale = normal(5);
    INDArray shift = normal(5);
    INDArray mean = Nd4j.create(5);
    INDArray variance = Nd4j.create(5);
    INDArray y = x.like();
    BatchNormalizationKernel kernel =
        kernels.batchNormalization(new BatchNormalizationShape(3, 4, 2, 5, 1e-5, true));
    kernel.forwardTraining(x, scale, shift, y, mean, variance);
    INDArray dShift = shift.like();
    kernel.backward(x, ones, scale, mean, variance, x.like(), scale.like(), dShift);
    INDArray passed = y.gt(0).castTo(y.dataType()).sum(0, 1, 2);
    assertThat(passed.sumNumber().intValue()).isBetween(1, (int) x.length() - 1);
    assertThat(dShift.toFloatVector()).isEqualTo(passed.toFloatVector());
  }

  @Test
  void averagePoolingGradientsAreDerivatives() {
    PoolingShape shape = new PoolingShape(PoolingShape.Reduction.AVERAGE, 2, 7, 5, 3, 3, 2, 2, 1);
    INDArray x = normal(2, 7, 5, 3);
    INDArray dy = normal(2, shape.outHeight(), shape.outWidth(), 3);
    INDArray dx = x.like();
    PoolingKernel kernel = kernels.pooling(shape);
    kernel.backward(x, dy, dx);
    Supplier<INDArray> forward =
        () -> {
          INDArray y = dy.like();
          kernel.forwardTraining(x, y);
          return y;
        };
    assertDerivative(forward, dy, x, dx, 1, LINEAR_TOLERANCE);
  }

  @Test
  void activationGradientsAreDerivatives() {
    INDArray x = normal(40);
    INDArray dy = normal(40);
    INDArray dx = x.like();
    ActivationKernel kernel = kernels.activation(new ActivationShape(Activation.named("tanh"), 40));
    kernel.backward(x, dy, dx);
    Supplier<INDArray> forward =
        () -> {
          INDArray y = dy.like();
          kernel.forward(x, y);
          return y;
        };
    assertDerivative(forward, dy, x, dx, 1e-2, SMOOTH_TOLERANCE);
  }

  @Test
  void maxPoolingByHand() {
    INDArray x = Nd4j.createFromArray(1f, 5f, 2f, 5f, 3f, 4f).reshape(1, 2, 3, 1);
    INDArray y = Nd4j.create(1, 1, 2, 1);
    INDArray dx = x.like();
    PoolingKernel kernel =
        kernels.pooling(new PoolingShape(PoolingShape.Reduction.MAX, 1, 2, 3, 1, 2, 2, 1, 1));
    kernel.forwardTraining(x, y);
    kernel.backward(x, Nd4j.createFromArray(10f, 20f).reshape(1, 1, 2, 1), dx);
    assertThat(y.reshape(2).toFloatVector()).containsExactly(5f, 5f);
    assertThat(dx.reshape(6).toFloatVector()).containsExactly(0f, 30f, 0f, 0f, 0f, 0f);
  }

  @Test
  void nesterovByHand() {
    INDArray w = Nd4j.createFromArray(1f, 2f);
    INDArray v = Nd4j.createFromArray(0.5f, 0.5f);
    kernels.nesterov(
        w, Nd4j.createFromArray(8f, 8f), v, 0, 1, new NesterovStep(0.1f, 0.9f, 0.5f, 0.25f, true));
    // g' = 8/4 + .5 = 2.5; V = .45 + 2.5 = 2.95; w = 1 - .1 (2.5 + .9 · 2.95)
    assertThat(v.toFloatVector()).containsExactly(2.95f, 0.5f);
    assertThat(w.getFloat(0)).isCloseTo(0.4845f, within(SINGLE));
    assertThat(w.getFloat(1)).isEqualTo(2f);
  }

  /**
   * Moves the point in a random direction, and compares the change of ⟨dy, y⟩ with the gradient's
   * promise.
   */
  private void assertDerivative(
      Supplier<INDArray> forward,
      INDArray dy,
      INDArray point,
      INDArray gradient,
      double step,
      double tolerance) {
    for (int trial = 0; trial < 5; trial++) {
      INDArray direction = normal(point.shape());
      INDArray start = point.dup();
      point.addi(direction.mul(step));
      double ahead = inner(dy, forward.get());
      point.assign(start).subi(direction.mul(step));
      double behind = inner(dy, forward.get());
      point.assign(start);
      double promised = inner(gradient, direction);
      assertThat((ahead - behind) / (2 * step))
          .isCloseTo(promised, within(tolerance * Math.max(1, Math.abs(promised))));
      assertThat(promised).isNotZero();
    }
  }

  private static double inner(INDArray a, INDArray b) {
    float[] first = a.dup('c').reshape(a.length()).toFloatVector();
    float[] second = b.dup('c').reshape(b.length()).toFloatVector();
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (double) first[i] * second[i];
    }
    return sum;
  }

  private INDArray normal(long... shape) {
    return Guarded.normal(random, shape).array();
  }
}
