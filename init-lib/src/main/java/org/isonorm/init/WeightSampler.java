package org.isonorm.init;

import java.util.random.RandomGenerator;

/**
 * How the weights of a layer are drawn: each by itself ({@link Distribution}), or the whole tensor
 * at once.
 */
public sealed interface WeightSampler
    permits Distribution, Orthogonal, DeltaOrthogonal, PartialIdentity, Whitening, ZeroOnes {

  /** Its name in tables: normal, uniform, truncated-normal, constant, orthogonal and so on. */
  String name();

  /** The variance of the weights about their mean over the tensor; 0 for a constant. */
  double variance(WeightShape shape);

  /** The mean square of the weights, which is the variance if their mean is 0. */
  double power(WeightShape shape);

  /**
   * Fills the weights in the row-major order of [out, in / groups, height, width].
   *
   * @throws IllegalArgumentException if there is no such start for that shape
   */
  void fill(float[] weights, WeightShape shape, RandomGenerator generator);
}
