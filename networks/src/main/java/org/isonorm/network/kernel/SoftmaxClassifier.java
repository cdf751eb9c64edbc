package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A classifier by ND4J's products of matrices. Logits are few, so softmax and loss are computed in
 * Java, in double precision.
 */
final class SoftmaxClassifier implements ClassifierKernel {
  private INDArray rows;
  private INDArray weights;
  private INDArray logits;

  @Override
  public void forward(INDArray features, INDArray newWeights, INDArray bias) {
    weights = newWeights;
    rows = Tensors.rows(features.castTo(weights.dataType()));
    INDArray product = rows.mmul(weights);
    logits = bias == null ? product : product.addiRowVector(bias);
  }

  @Override
  public SoftmaxCrossEntropy backward(
      INDArray labels, INDArray featuresGradient, INDArray weightsGradient, INDArray biasGradient) {
    SoftmaxCrossEntropy loss = SoftmaxCrossEntropy.of(logits, labels);
    INDArray delta =
        Nd4j.createFromArray(loss.gradient())
            .castTo(weights.dataType())
            .reshape('c', logits.shape());
    Nd4j.gemm(rows, delta, weightsGradient, true, false, 1, 0);
    if (biasGradient != null) {
      delta.sum(biasGradient, 0);
    }
    INDArray gradient = delta.mmul(weights.transpose());
    featuresGradient.assign(gradient.dup('c').reshape('c', featuresGradient.shape()));
    return loss;
  }
}
