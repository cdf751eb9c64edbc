package org.isonorm.init;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.isonorm.init.Distribution.Uniform;

/**
 * Kernels that copy as many channels as they can: of every group the first output channels, as many
 * as there are input channels, are 1 at the centre tap of the input channel of their number and 0
 * elsewhere, and the others are drawn from U(±1/√n) (Jordan 2024, §3.2). A network of such layers
 * starts as one that passes its first channels on, as residual networks do, without an addition.
 * The centre of an even kernel is the tap before its middle.
 *
 * <p>What is not copied is what the rule framework-default draws from the same stream.
 */
public record PartialIdentity() implements WeightSampler {
  @Override
  public String name() {
    return "partial-identity";
  }

  /** Expected, about the mean that the ones make. */
  @Override
  public double variance(WeightShape shape) {
    double mean = (double) copies(shape) / shape.size();
    return power(shape) - mean * mean;
  }

  @Override
  public double power(WeightShape shape) {
    double drawn = (shape.out() - copies(shape)) * shape.fan().in() * others(shape).variance();
    return (copies(shape) + drawn) / shape.size();
  }

  @Override
  public void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    others(shape).fill(weights, generator);
    int kernel = Math.toIntExact(shape.fan().in());
    int out = shape.out() / shape.groups();
    int in = shape.in() / shape.groups();
    for (int row = 0; row < shape.out(); row++) {
      if (row % out < in) {
        Arrays.fill(weights, row * kernel, (row + 1) * kernel, 0);
        weights[shape.centre(row, row % out)] = 1;
      }
    }
  }

  /** Output channels that are copies, of all groups. */
  private static int copies(WeightShape shape) {
    return Math.min(shape.out(), shape.in());
  }

  private static Uniform others(WeightShape shape) {
    return new Uniform(1. / (3 * shape.fan().in()));
  }
}
