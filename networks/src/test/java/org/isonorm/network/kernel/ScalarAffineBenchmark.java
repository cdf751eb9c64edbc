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
 * The scalar multiplier and bias of a block of ResNet-20's first stage with Fixup, by oneDNN and by
 * the reference:
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="ScalarAffineBenchmark"
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ScalarAffineBenchmark {
  private static final int LENGTH = 16 * 32 * 32 * 16;

  @Param({"onednn", "reference"})
  private String kernel;

  private ScalarAffineKernel scalars;
  private INDArray input;
  private INDArray output;
  private INDArray multiplier;
  private INDArray bias;
  private INDArray outputGradient;
  private INDArray inputGradient;
  private INDArray multiplierGradient;
  private INDArray biasGradient;

  @Setup
  public void prepare() {
    scalars = KernelProvider.kernels(kernel).scalarAffine(LENGTH, true);
    input = BenchmarkArrays.random(1, LENGTH);
    output = input.ulike();
    outputGradient = BenchmarkArrays.random(2, LENGTH);
    inputGradient = input.ulike();
    multiplier = BenchmarkArrays.random(3, 1);
    bias = BenchmarkArrays.random(4, 1);
    multiplierGradient = multiplier.ulike();
    biasGradient = bias.ulike();
  }

  @Benchmark
  public INDArray forward() {
    scalars.forward(input, multiplier, bias, output);
    return output;
  }

  @Benchmark
  public INDArray backward() {
    scalars.backward(
        input, multiplier, outputGradient, inputGradient, multiplierGradient, biasGradient);
    return inputGradient;
  }
}
