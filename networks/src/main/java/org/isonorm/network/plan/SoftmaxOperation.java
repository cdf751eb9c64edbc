package org.isonorm.network.plan;

import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.SoftmaxCrossEntropy;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The linear classifier, softmax and cross-entropy. */
final class SoftmaxOperation implements Operation {
  private final String name;
  private final Tensor input;
  private final ClassifierKernel kernel;
  private final INDArray weights;
  private final INDArray bias;
  private final INDArray weightsGradient;
  private final INDArray biasGradient;
  private final Places gradients = new Places();

  private INDArray labels;
  private SoftmaxCrossEntropy batch;

  /**
   * A classifier of [batch, features] or [batch, height, width, channels].
   *
   * @param weights [features, classes], features of images in their own order
   * @param bias null where there is none, and so its gradient
   */
  SoftmaxOperation(
      String name,
      Tensor input,
      ClassifierKernel kernel,
      INDArray weights,
      INDArray bias,
      INDArray weightsGradient,
      INDArray biasGradient) {
    this.name = name;
    this.input = input;
    this.kernel = kernel;
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
    kernel.forward(input.value().array(), weights, bias);
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    gradients.input(planner.give(input));
  }

  @Override
  public void backward() {
    batch = kernel.backward(labels, gradients.input(), weightsGradient, biasGradient);
  }

  @Override
  public void tellOutput(Signals signals) {
    Logits logits = new Logits(weights, bias);
    logits.refresh();
    try (INDArray output = logits.of(Tensors.rows(input.value().array()))) {
      signals.output(name, output);
    }
  }

  @Override
  public void tellError(Signals signals) {
    try (INDArray error = Nd4j.createFromArray(batch.gradient())) {
      signals.error(name, error);
    }
    signals.weightsGradient(name, weightsGradient);
  }
}
