package org.isonorm.network.graph;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a classifier puts out before softmax. */
final class Logits {
  private Logits() {}

  /** Logits [examples, classes] of what comes into the layer. */
  static INDArray of(Layer classifier, INDArray input) {
    INDArray weights = classifier.getParam(DefaultParamInitializer.WEIGHT_KEY);
    INDArray logits = input.reshape('c', input.size(0), weights.size(0)).mmul(weights);
    return classifier.paramTable().containsKey(DefaultParamInitializer.BIAS_KEY)
        ? logits.addRowVector(classifier.getParam(DefaultParamInitializer.BIAS_KEY))
        : logits;
  }
}
