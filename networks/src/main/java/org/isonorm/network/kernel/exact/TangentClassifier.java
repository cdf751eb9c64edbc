package org.isonorm.network.kernel.exact;

import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.SoftmaxCrossEntropy;
import org.isonorm.network.kernel.Tensors;
import org.isonorm.network.kernel.exact.TangentKernels.Direction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The classifier of values and tangents: of the softmax p of logits z, ṗ = p (ż − ⟨p, ż⟩), which is
 * how the loss's gradient p − y changes.
 */
final class TangentClassifier implements ClassifierKernel {
  private final Direction direction;
  private INDArray weights;
  private INDArray features;
  private INDArray featuresTangent;
  private INDArray logits;
  private INDArray logitsTangent;

  TangentClassifier(Direction direction) {
    this.direction = direction;
  }

  @Override
  public void forward(INDArray input, INDArray newWeights, INDArray bias) {
    weights = newWeights;
    INDArray both = Tensors.rows(input);
    features = TangentKernels.values(both);
    featuresTangent = TangentKernels.tangents(both);
    logits = features.mmul(weights);
    logitsTangent =
        featuresTangent.mmul(weights).addi(features.mmul(direction.ofParameter(weights)));
    if (bias != null) {
      logits.addiRowVector(bias);
      logitsTangent.addiRowVector(direction.ofParameter(bias));
    }
  }

  @Override
  public SoftmaxCrossEntropy backward(
      INDArray labels, INDArray inputGradient, INDArray weightsGradient, INDArray biasGradient) {
    int classes = Math.toIntExact(logits.size(1));
    SoftmaxCrossEntropy batch = SoftmaxCrossEntropy.of(logits, labels);
    INDArray delta = matrix(batch.gradient());
    INDArray deltaTangent = matrix(tangents(batch.gradient(), values(labels), classes));
    Nd4j.gemm(features, delta, weightsGradient, true, false, 1, 0);
    INDArray product = direction.ofGradient(weightsGradient);
    Nd4j.gemm(features, deltaTangent, product, true, false, 1, 0);
    product.addi(featuresTangent.transpose().mmul(delta));
    if (biasGradient != null) {
      biasGradient.assign(delta.sum(0).reshape(biasGradient.shape()));
      INDArray ofBias = direction.ofGradient(biasGradient);
      ofBias.assign(deltaTangent.sum(0).reshape(ofBias.shape()));
    }
    write(delta.mmul(weights.transpose()), TangentKernels.values(inputGradient));
    write(
        deltaTangent
            .mmul(weights.transpose())
            .addi(delta.mmul(direction.ofParameter(weights).transpose())),
        TangentKernels.tangents(inputGradient));
    return batch;
  }

  /** The tangents of p Σy − y, given the values. */
  private double[] tangents(double[] gradient, double[] labels, int classes) {
    double[] tangent = values(logitsTangent);
    double[] result = new double[tangent.length];
    for (int row = 0; row < tangent.length; row += classes) {
      double mass = 0;
      double mean = 0;
      for (int i = row; i < row + classes; i++) {
        mass += labels[i];
        mean += (gradient[i] + labels[i]) * tangent[i];
      }
      // Without any label the gradient is 0 and stays so.
      for (int i = row; i < row + classes && mass > 0; i++) {
        result[i] = (gradient[i] + labels[i]) * (tangent[i] - mean / mass);
      }
    }
    return result;
  }

  private static double[] values(INDArray matrix) {
    return matrix.dup('c').data().asDouble();
  }

  private INDArray matrix(double[] values) {
    return Nd4j.createFromArray(values).castTo(weights.dataType()).reshape('c', logits.shape());
  }

  private static void write(INDArray from, INDArray to) {
    to.assign(from.dup('c').reshape('c', to.shape()));
  }
}
