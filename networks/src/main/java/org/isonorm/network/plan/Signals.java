package org.isonorm.network.plan;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Is told what passes through the layers with weights during a step. Arrays hold it during the call
 * alone.
 */
public interface Signals {

  /** What a layer puts out; a classifier, its logits. */
  void output(String layer, INDArray output);

  /**
   * What comes back to a layer.
   *
   * @param error gradient of the summed loss by the layer's output; by the logits, of a classifier
   */
  void error(String layer, INDArray error);

  /**
   * What comes back to its weights.
   *
   * @param gradient of the summed loss
   */
  void weightsGradient(String layer, INDArray gradient);
}
