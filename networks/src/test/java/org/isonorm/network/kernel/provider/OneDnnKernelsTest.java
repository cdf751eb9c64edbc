package org.isonorm.network.kernel.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ConvolutionTrial;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OneDnnKernelsTest {
  /** Largest difference of Winograd's sums as a share of the largest value: see their own test. */
  private static final double WINOGRAD = 5e-5;

  private final Kernels kernels = new OneDnnKernels(true);
  private final ConvolutionShape shape = ConvolutionShape.of(2, 8, 8, 16, 33, 3, 1, 1, false);
  private final RandomGenerator random = new SplittableRandom(1);
  private final INDArray input = Guarded.normal(random, 2, 8, 8, 16).array();
  private final INDArray weights = Guarded.normal(random, 33, 16, 3, 3).array();

  /** A replica's next task may run on another thread of the executor. */
  @Test
  void aKernelMovesBetweenThreads() throws Exception {
    Guarded first = Guarded.unset(2, 8, 8, 33);
    Guarded second = Guarded.unset(2, 8, 8, 33);
    Guarded gradient = Guarded.unset(33, 16, 3, 3);
    Guarded gradientElsewhere = Guarded.unset(33, 16, 3, 3);
    ExecutorService elsewhere = Executors.newSingleThreadExecutor();
    try (ConvolutionKernel kernel = kernels.convolution(shape)) {
      kernel.forward(input, weights, null, first.array());
      kernel.backward(input, weights, first.array(), null, gradient.array(), null);
      elsewhere
          .submit(
              () -> {
                kernel.forward(input, weights, null, second.array());
                kernel.backward(
                    input, weights, second.array(), null, gradientElsewhere.array(), null);
              })
          .get();
    } finally {
      elsewhere.shutdown();
    }
    assertThat(second.values()).isEqualTo(first.values());
    assertThat(gradientElsewhere.values()).isEqualTo(gradient.values());
  }

  /** Small images, whose weights' gradients Winograd's kernels compute on processors with AVX2. */
  @Test
  void smallImagesOfManyChannelsAgreeWithTheReference() {
    ConvolutionShape small = ConvolutionShape.of(5, 4, 4, 64, 80, 3, 1, 1, true);
    try (ConvolutionKernel kernel = kernels.convolution(small);
        ConvolutionKernel plain = new ReferenceKernels().convolution(small)) {
      List<Guarded> actual = ConvolutionTrial.of(small).run(kernel).results();
      List<Guarded> expected = ConvolutionTrial.of(small).run(plain).results();
      for (int i = 0; i < expected.size(); i++) {
        actual.get(i).assertCloseTo(expected.get(i), WINOGRAD, "result " + i);
      }
    }
  }

  @Test
  void weightsMayChangeBetweenCalls() {
    Guarded before = Guarded.unset(2, 8, 8, 33);
    Guarded after = Guarded.unset(2, 8, 8, 33);
    try (ConvolutionKernel kernel = kernels.convolution(shape)) {
      kernel.forward(input, weights, null, before.array());
      weights.muli(2);
      kernel.forward(input, weights, null, after.array());
    }
    float[] doubled = before.values();
    for (int i = 0; i < doubled.length; i++) {
      doubled[i] *= 2;
    }
    assertThat(after.values()).isEqualTo(doubled);
  }

  @Test
  void refusesArraysThatNativeCodeWouldMisread() {
    INDArray output = Nd4j.create(DataType.FLOAT, 2, 8, 8, 33);
    try (ConvolutionKernel kernel = kernels.convolution(shape)) {
      assertThatThrownBy(() -> kernel.forward(input.castTo(DataType.DOUBLE), weights, null, output))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: DOUBLE (must be FLOAT)");
      assertThatThrownBy(
              () -> kernel.forward(input, weights, null, Nd4j.create(DataType.FLOAT, 2, 8, 8, 32)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: shape [2, 8, 8, 32] has 4096 elements, expected 4224");
      assertThatThrownBy(() -> kernel.forward(input.permute(0, 2, 1, 3), weights, null, output))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not contiguous in C order");
    }
  }

  @Test
  void backwardNeedsAForwardPass() {
    try (BatchNormalizationKernel kernel =
        kernels.batchNormalization(new BatchNormalizationShape(2, 8, 8, 16, 1e-5, true))) {
      assertThatThrownBy(
              () -> kernel.backward(input, input, input, input, input, input, input, input))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot run backward: no training forward pass came before it");
    }
  }

  @Test
  void rangesOutsideOfTheVectorAreRefused() {
    INDArray vector = Nd4j.create(DataType.FLOAT, 1, 10);
    assertThatThrownBy(() -> kernels.subtract(vector, vector, 3, 11))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid range: [3, 11) (must lie in [0, 10))");
  }
}
