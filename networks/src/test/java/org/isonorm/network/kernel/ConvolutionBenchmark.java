package org.isonorm.network.kernel;

import java.util.concurrent.TimeUnit;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The 3×3 convolutions of ResNet-20's stages and of VGG-19's third and fourth, by oneDNN with and
 * without Winograd's convolutions and by the reference:
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="ConvolutionBenchmark"
 * </pre>
 *
 * <p>{@code jmh.args} takes all of JMH's options: {@code "Convolution -p kernel=onednn -f 3"}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConvolutionBenchmark {
  private static final int BATCH = 16;

  @Param({"onednn", "onednn-direct", "reference"})
  private String kernel;

  /** Pixels of a side and channels, the same before and after. */
  @Param({"32x16", "16x32", "8x64", "8x256", "4x512"})
  private String size;

  private ConvolutionKernel convolution;
  private INDArray input;
  private INDArray weights;
  private INDArray output;
  private INDArray inputGradient;
  private INDArray weightsGradient;

  @Setup
  public void prepare() {
    String[] numbers = size.split("x");
    int side = Integer.parseInt(numbers[0]);
    int channels = Integer.parseInt(numbers[1]);
    convolution =
        KernelProvider.kernels(kernel)
            .convolution(
                ConvolutionShape.of(BATCH, side, side, channels, channels, 3, 1, 1, false));
    input = BenchmarkArrays.random(1, BATCH, side, side, channels);
    weights = BenchmarkArrays.random(2, channels, channels, 3, 3);
    output = BenchmarkArrays.random(3, BATCH, side, side, channels);
    inputGradient = input.ulike();
    weightsGradient = weights.ulike();
  }

  @Benchmark
  public INDArray forward() {
    convolution.forward(input, weights, null, output);
    return output;
  }

  @Benchmark
  public INDArray backward() {
    convolution.backward(input, weights, output, inputGradient, weightsGradient, null);
    return weightsGradient;
  }
}
