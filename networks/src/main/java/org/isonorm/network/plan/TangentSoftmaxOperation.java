package org.isonorm.network.plan;

import org.isonorm.network.kernel.exact.TangentKernels;
import org.isonorm.network.kernel.exact.TangentKernels.Direction;
import org.isonorm.network.layer.SoftmaxCrossEntropy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The classifier of values and tangents: of the softmax p of logits z, ṗ = p (ż − ⟨p, ż⟩), which is
 * how the loss's gradient p − y changes.
 */
final class TangentSoftmaxOperation extends SoftmaxOperation {
  private final INDArray weights;
  private final INDArray bias;
  private final INDArray weightsGradient;
  private final INDArray biasGradient;
  private final Direction direction;
  private INDArray features;
  private INDArray featuresTangent;
  private INDArray logits;
  private INDArray logitsTangent;

  /** A classifier; see {@link SoftmaxOperation}. */
  TangentSoftmaxOperation(
      Tensor input,
      TangentKernels kernels,
      INDArray weights,
      INDArray bias,
      INDArray weightsGradient,
      INDArray biasGradient) {
    super(input, kernels, weights, bias, weightsGradient, biasGradient);
    this.weights = weights;
    this.bias = bias;
    this.weightsGradient = weightsGradient;
    this.biasGradient = biasGradient;
    this.direction = kernels.direction();
  }

  @Override
  INDArray computeLogits() {
    INDArray both = rows(inputValue());
    features = TangentKernels.values(both);
    featuresTangent = TangentKernels.tangents(both);
    logits = features.mmul(weights);
    logitsTangent =
        featuresTangent.mmul(weights).addi(features.mmul(direction.ofParameter(weights)));
    if (bias != null) {
      logits.addiRowVector(bias);
      logitsTangent.addiRowVector(direction.ofParameter(bias));
    }
    return logits;
  }

  @Override
  SoftmaxCrossEntropy computeGradients(INDArray labels) {
    int classes = Math.toIntExact(logits.size(1));
    double[] targets = values(labels);
    SoftmaxCrossEntropy batch = SoftmaxCrossEntropy.of(values(logits), targets, classes);
    INDArray delta = matrix(batch.gradient());
    INDArray deltaTangent = matrix(tangents(batch.gradient(), targets, classes));
    Nd4j.gemm(features, delta, weightsGradient, true, false, 1, 0);
    INDArray product = direction.ofGradient(weightsGradient);
    Nd4j.gemm(features, deltaTangent, product, true, false, 1, 0);
    product.addi(featuresTangent.transpose().mmul(delta));
    if (bias != null) {
      biasGradient.assign(delta.sum(0).reshape(biasGradient.shape()));
      INDArray ofBias = direction.ofGradient(biasGradient);
      ofBias.assign(deltaTangent.sum(0).reshape(ofBias.shape()));
    }
    INDArray target = inputGradient();
    write(delta.mmul(weights.transpose()), TangentKernels.values(target));
    write(
        deltaTangent
            .mmul(weights.transpose())
            .addi(delta.mmul(direction.ofParameter(weights).transpose())),
        TangentKernels.tangents(target));
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

  private INDArray matrix(double[] values) {
    return Nd4j.createFromArray(values).castTo(weights.dataType()).reshape('c', logits.shape());
  }

  private static void write(INDArray from, INDArray to) {
    to.assign(from.dup('c').reshape('c', to.shape()));
  }
}
