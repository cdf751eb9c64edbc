package org.isonorm.network.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TimedKernelsTest {
  private static final ConvolutionShape SHAPE =
      ConvolutionShape.of(2, 6, 6, 3, 4, /* kernel= */ 3, /* stride= */ 1, /* padding= */ 1, false);

  private final PartTimes times = new PartTimes();

  /** What a kind of kernels adds must be counted as some part, or else it would go unseen. */
  @Test
  void everyCallCountsAsAPart() {
    List<Class<?>> kinds =
        Stream.concat(
                Arrays.stream(Kernels.class.getDeclaredMethods()).map(TimedKernelsTest::made),
                Stream.of(SeparableConvolutionKernel.class))
            .filter(Kernel.class::isAssignableFrom)
            .toList();
    assertThat(kinds).hasSizeGreaterThan(10);
    assertThat(kinds.stream().flatMap(kind -> Arrays.stream(kind.getDeclaredMethods())))
        // JaCoCo adds methods of its own.
        .filteredOn(call -> !call.isDefault() && !call.isSynthetic())
        .allSatisfy(call -> assertThat(TimedKernels.part(call)).as("%s", call).isPresent());
    assertThat(Kernels.class.getDeclaredMethods())
        .filteredOn(call -> Arrays.asList(call.getParameterTypes()).contains(INDArray.class))
        .hasSize(7)
        .allSatisfy(call -> assertThat(TimedKernels.part(call)).as("%s", call).isPresent());
  }

  /** What a method of {@link Kernels} makes. */
  private static Class<?> made(Method method) {
    return method.getReturnType() == Optional.class
        ? (Class<?>) ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[0]
        : method.getReturnType();
  }

  @Test
  void gradientsFoundOneAfterTheOtherAreTimedApart() {
    assertThat(partsOfAConvolution(KernelProvider.kernels("onednn")))
        .containsExactlyInAnyOrder(
            StepPart.CONVOLUTION_FORWARD,
            StepPart.CONVOLUTION_DATA_GRADIENT,
            StepPart.CONVOLUTION_WEIGHTS_GRADIENT);
  }

  @Test
  void gradientsFoundAtOnceAreTimedTogether() {
    assertThat(partsOfAConvolution(new ReferenceKernels()))
        .containsExactlyInAnyOrder(StepPart.CONVOLUTION_FORWARD, StepPart.CONVOLUTION_GRADIENTS);
  }

  private Set<StepPart> partsOfAConvolution(Kernels kernels) {
    INDArray images = Nd4j.ones(2, 6, 6, 3);
    INDArray weights = Nd4j.ones(4, 3, 3, 3);
    INDArray output = Nd4j.zeros(2, 6, 6, 4);
    try (ConvolutionKernel kernel = TimedKernels.of(kernels, times).convolution(SHAPE)) {
      kernel.forward(images, weights, null, output);
      kernel.backward(images, weights, output, images.ulike(), weights.ulike(), null);
    }
    return times.take().entrySet().stream()
        .filter(part -> part.getValue() > 0)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Test
  void computeWhatTheOthersDo() {
    Kernels others = new ReferenceKernels();
    Kernels timed = TimedKernels.of(others, times);
    INDArray a = Nd4j.createFromArray(1f, -2, 3);
    INDArray b = Nd4j.createFromArray(.5f, 1, -4);
    INDArray sum = a.ulike();

    timed.add(3).forward(a, b, sum);

    assertThat(sum.toFloatVector()).containsExactly(1.5f, -1, -1);
    assertThat(timed.name()).isEqualTo(others.name());
    assertThat(timed.withPrecision(Precision.FLOAT32)).isNotInstanceOf(ReferenceKernels.class);
  }

  @Test
  void refuseWhatTheOthersRefuse() {
    assertThatThrownBy(
            () -> TimedKernels.of(new ReferenceKernels(), times).withPrecision(Precision.BFLOAT16))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("Unsupported precision: bf16 (the reference kernels");
  }
}
