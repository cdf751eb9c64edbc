package org.isonorm.init;

import java.util.List;

/**
 * The factors by which a tuned method multiplies the tensors a network was initialized with.
 *
 * @param tensors one entry for each layer (LSUV) or tensor (MetaInit, GradInit), in order
 * @param values what the method looked at, step by step; see {@link TuningProgress}
 */
public record TunedScales(List<TensorScale> tensors, List<Double> values) {
  /**
   * Factor of one tensor.
   *
   * @param name name of the tensor; of the layer for LSUV
   * @param scale the factor, 1 where the method leaves it alone
   */
  public record TensorScale(String name, double scale) {}

  public TunedScales {
    tensors = List.copyOf(tensors);
    values = List.copyOf(values);
  }
}
