package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear classifier, softmax and cross-entropy. Features are [batch, features], or images [batch,
 * height, width, channels] whose elements are features in their own order; weights [features,
 * classes], bias [classes]. The features and weights given forward must be there and unchanged
 * until the pass has gone backward.
 */
public interface ClassifierKernel extends Kernel {

  /**
   * Computes the logits.
   *
   * @param bias null where there is none
   */
  void forward(INDArray features, INDArray weights, INDArray bias);

  /**
   * Writes the gradients of the summed loss of the batch that last went forward.
   *
   * @param labels distributions over the classes, [batch, classes]
   * @param biasGradient null where there is no bias
   */
  SoftmaxCrossEntropy backward(
      INDArray labels, INDArray featuresGradient, INDArray weightsGradient, INDArray biasGradient);
}
