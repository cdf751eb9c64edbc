package org.isonorm.network.plan;

import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.StepPart;
import org.isonorm.network.layer.SoftmaxCrossEntropy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The linear classifier, softmax and cross-entropy. Logits are few, so softmax and loss are
 * computed in Java, in double precision.
 */
class SoftmaxOperation implements Operation {
  private final Tensor input;
  private final Kernels arithmetic;
  private final INDArray weights;
  private final INDArray bias;
  private final INDArray weightsGradient;
  private final INDArray biasGradient;
  private final Places gradients = new Places();

  private INDArray features;
  private INDArray labels;
  private INDArray logits;
  private SoftmaxCrossEntropy batch;

  /**
   * A classifier of [batch, features] or [batch, height, width, channels].
   *
   * @param weights [features, classes], features of images in their own order
   * @param bias null where there is none, and so its gradient
   */
  SoftmaxOperation(
      Tensor input,
      Kernels arithmetic,
      INDArray weights,
      INDArray bias,
      INDArray weightsGradient,
      INDArray biasGradient) {
    this.input = input;
    this.arithmetic = arithmetic;
    this.weights = weights;
    this.bias = bias;
    this.weightsGradient = weightsGradient;
    this.biasGradient = biasGradient;
  }

  /** Sets the distributions over the classes, [batch, classes], of the batch to come. */
  void labels(INDArray newLabels) {
    labels = newLabels;
  }

  /** Loss and correct predictions of the batch that last went backward. */
  SoftmaxCrossEntropy batch() {
    return batch;
  }

  @Override
  public Tensor output() {
    return null;
  }

  @Override
  public void forward() {
    logits = arithmetic.part(StepPart.LOSS_HEAD, this::computeLogits);
  }

  /** The logits, whose number of columns is that of the classes. */
  INDArray computeLogits() {
    features = rows(input.value().array().castTo(weights.dataType()));
    INDArray product = features.mmul(weights);
    return bias == null ? product : product.addiRowVector(bias);
  }

  static INDArray rows(INDArray images) {
    return images.rank() == 2 ? images : images.reshape('c', images.size(0), -1);
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    gradients.input(planner.give(input));
  }

  @Override
  public void backward() {
    arithmetic.part(
        StepPart.LOSS_HEAD,
        () -> {
          batch = computeGradients(labels);
          return null;
        });
  }

  /** Writes all gradients and gives the loss. */
  SoftmaxCrossEntropy computeGradients(INDArray targets) {
    SoftmaxCrossEntropy loss =
        SoftmaxCrossEntropy.of(values(logits), values(targets), Math.toIntExact(logits.size(1)));
    INDArray delta =
        Nd4j.createFromArray(loss.gradient())
            .castTo(weights.dataType())
            .reshape('c', logits.shape());
    Nd4j.gemm(features, delta, weightsGradient, true, false, 1, 0);
    if (bias != null) {
      delta.sum(biasGradient, 0);
    }
    INDArray featuresGradient = delta.mmul(weights.transpose());
    INDArray target = gradients.input();
    target.assign(featuresGradient.dup('c').reshape('c', target.shape()));
    return loss;
  }

  /** What comes in. */
  final INDArray inputValue() {
    return input.value().array();
  }

  /** Where its gradient is to be written. */
  final INDArray inputGradient() {
    return gradients.input();
  }

  static double[] values(INDArray matrix) {
    return matrix.dup('c').data().asDouble();
  }
}
