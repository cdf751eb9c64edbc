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
 * Weight decay, momentum and update of as many weights as ResNet-20 and VGG-19 have, by oneDNN and
 * by the reference:
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="OptimizerBenchmark"
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OptimizerBenchmark {
  private static final NesterovStep STEP = new NesterovStep(1e-3f, .9f, 1e-4f, 1f / 128, true);

  @Param({"onednn", "reference"})
  private String kernel;

  @Param({"272474", "20035018"})
  private int length;

  private Kernels kernels;
  private INDArray parameters;
  private INDArray gradient;
  private INDArray velocity;

  @Setup
  public void prepare() {
    kernels = KernelProvider.kernels(kernel);
    parameters = BenchmarkArrays.random(1, length);
    gradient = BenchmarkArrays.random(2, length);
    velocity = BenchmarkArrays.random(3, length);
  }

  @Benchmark
  public INDArray update() {
    kernels.nesterov(parameters, gradient, velocity, 0, length, STEP);
    return parameters;
  }
}
