package org.isonorm.network.kernel;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the benchmarks compute with. */
final class BenchmarkArrays {
  private BenchmarkArrays() {}

  /** Gaussian values in C order, the same for the same seed. */
  static INDArray random(long seed, long... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(LongStream.of(shape).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape('c', shape);
  }
}
