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
 * Batch normalization with ReLU of the activations of ResNet-20's first stage, by oneDNN and by the
 * reference:
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="BatchNormalizationBenchmark"
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatchNormalizationBenchmark {
  private static final int BATCH = 16;
  private static final int SIDE = 32;
  private static final int CHANNELS = 16;

  @Param({"onednn", "reference"})
  private String kernel;

  private BatchNormalizationKernel normalization;
  private INDArray input;
  private INDArray output;
  private INDArray outputGradient;
  private INDArray inputGradient;
  private INDArray scale;
  private INDArray shift;
  private INDArray mean;
  private INDArray variance;
  private INDArray scaleGradient;
  private INDArray shiftGradient;

  @Setup
  public void prepare() {
    normalization =
        KernelProvider.kernels(kernel)
            .batchNormalization(
                new BatchNormalizationShape(BATCH, SIDE, SIDE, CHANNELS, 1e-5, true));
    input = BenchmarkArrays.random(1, BATCH, SIDE, SIDE, CHANNELS);
    outputGradient = BenchmarkArrays.random(2, BATCH, SIDE, SIDE, CHANNELS);
    output = input.ulike();
    inputGradient = input.ulike();
    scale = BenchmarkArrays.random(3, CHANNELS);
    shift = BenchmarkArrays.random(4, CHANNELS);
    mean = scale.ulike();
    variance = scale.ulike();
    scaleGradient = scale.ulike();
    shiftGradient = scale.ulike();
    forward(); // What the backward pass goes back on.
  }

  @Benchmark
  public final INDArray forward() {
    normalization.forwardTraining(input, scale, shift, output, mean, variance);
    return output;
  }

  @Benchmark
  public INDArray backward() {
    normalization.backward(
        input, outputGradient, scale, mean, variance, inputGradient, scaleGradient, shiftGradient);
    return inputGradient;
  }
}
