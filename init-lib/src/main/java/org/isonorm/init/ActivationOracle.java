package org.isonorm.init;

import java.util.List;

/**
 * The outputs of a network's layers on one batch, which is all that {@link Lsuv} knows of it.
 *
 * <p>An implementation holds a network that has been initialized, and one batch of real examples;
 * the weights of layer i are the initial ones times {@code scales[i]}. Single precision will do.
 */
public interface ActivationOracle {
  /** Names of the layers with weights, in forward order. */
  List<String> layers();

  /**
   * Standard deviation of a layer's output, its bias included but before normalization and
   * activation, over all examples, pixels and channels.
   *
   * @param layer position in {@link #layers()}
   * @param scales factor on the initial weights of every layer; not modified
   */
  double outputStandardDeviation(int layer, double[] scales);
}
