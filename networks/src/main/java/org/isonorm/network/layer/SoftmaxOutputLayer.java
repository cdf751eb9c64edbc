package org.isonorm.network.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.SoftmaxCrossEntropy;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs {@link SoftmaxOutput}. Logits are few, so softmax and loss are computed in Java, in double
 * precision.
 */
public final class SoftmaxOutputLayer extends OutputLayer {
  private static final long serialVersionUID = 1L;

  private transient SoftmaxCrossEntropy batch;
  private transient boolean batchIsOfInput;

  SoftmaxOutputLayer(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  /** How many examples of the last training batch had their label's class as the likeliest one. */
  public long correct() {
    if (batch == null) {
      throw new IllegalStateException("Cannot count correct predictions: no batch was computed");
    }
    return batch.correct();
  }

  /** The mean cross-entropy of the last training batch. */
  public double meanLoss() {
    if (batch == null) {
      throw new IllegalStateException("Cannot tell a loss: no batch was computed");
    }
    return batch.meanLoss();
  }

  @Override
  public void setInput(INDArray array, LayerWorkspaceMgr workspaces) {
    super.setInput(array, workspaces);
    batchIsOfInput = false;
  }

  @Override
  public void setLabels(INDArray labels) {
    super.setLabels(labels);
    batchIsOfInput = false;
  }

  @Override
  public void clear() {
    super.clear();
    batchIsOfInput = false;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray ignored, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray logits = preOutput(true, workspaces);
    batch = SoftmaxCrossEntropy.of(logits, labels);
    batchIsOfInput = true;
    INDArray delta =
        Nd4j.createFromArray(batch.gradient()).reshape('c', logits.shape()).castTo(dataType);

    Gradient gradient = new DefaultGradient();
    INDArray weightGradient = gradientViews.get(DefaultParamInitializer.WEIGHT_KEY);
    Nd4j.gemm(input, delta, weightGradient, true, false, 1, 0);
    gradient.gradientForVariable().put(DefaultParamInitializer.WEIGHT_KEY, weightGradient);
    if (hasBias()) {
      INDArray biasGradient = gradientViews.get(DefaultParamInitializer.BIAS_KEY);
      delta.sum(biasGradient, 0);
      gradient.gradientForVariable().put(DefaultParamInitializer.BIAS_KEY, biasGradient);
    }

    INDArray weights = getParam(DefaultParamInitializer.WEIGHT_KEY);
    INDArray inputGradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    delta.mmuli(weights.transpose(), inputGradient);
    return new Pair<>(gradient, inputGradient);
  }

  /** The mean loss of the input, which the backward pass has found already where there was one. */
  @Override
  public double computeScore(
      double regularization, boolean training, LayerWorkspaceMgr workspaces) {
    return batchIsOfInput
        ? batch.meanLoss() + regularization
        : super.computeScore(regularization, training, workspaces);
  }
}
