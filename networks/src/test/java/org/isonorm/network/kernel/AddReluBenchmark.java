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
 * The end of a residual block of ResNet-20's first stage, by oneDNN and by the reference:
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="AddReluBenchmark"
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AddReluBenchmark {
  private static final int LENGTH = 16 * 32 * 32 * 16;

  @Param({"onednn", "reference"})
  private String kernel;

  private AddReluKernel addRelu;
  private INDArray a;
  private INDArray b;
  private INDArray output;
  private INDArray gradient;

  @Setup
  public void prepare() {
    addRelu = KernelProvider.kernels(kernel).addRelu(LENGTH);
    a = BenchmarkArrays.random(1, LENGTH);
    b = BenchmarkArrays.random(2, LENGTH);
    output = BenchmarkArrays.random(3, LENGTH);
    gradient = a.ulike();
  }

  @Benchmark
  public INDArray forward() {
    addRelu.forward(a, b, output);
    return output;
  }

  @Benchmark
  public INDArray backward() {
    addRelu.backward(output, b, gradient);
    return gradient;
  }
}
