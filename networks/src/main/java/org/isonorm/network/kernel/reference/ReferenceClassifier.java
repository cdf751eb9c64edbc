package org.isonorm.network.kernel.reference;

import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.SoftmaxCrossEntropy;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A classifier from its definition, without a library's products, which differ by processor. */
final class ReferenceClassifier implements ClassifierKernel {
  private int examples;
  private int features;
  private int classes;
  private float[] x;
  private float[] w;
  private double[] logits;

  @Override
  public void forward(INDArray newFeatures, INDArray weights, INDArray bias) {
    INDArray rows = Tensors.rows(newFeatures);
    examples = Math.toIntExact(rows.size(0));
    features = Math.toIntExact(weights.size(0));
    classes = Math.toIntExact(weights.size(1));
    x = ReferenceKernels.read(rows);
    w = ReferenceKernels.read(weights);
    float[] b = bias == null ? new float[classes] : ReferenceKernels.read(bias);
    logits = new double[examples * classes];
    for (int example = 0; example < examples; example++) {
      for (int c = 0; c < classes; c++) {
        double sum = b[c];
        for (int f = 0; f < features; f++) {
          sum += (double) x[example * features + f] * w[f * classes + c];
        }
        logits[example * classes + c] = (float) sum;
      }
    }
  }

  @Override
  public SoftmaxCrossEntropy backward(
      INDArray labels, INDArray featuresGradient, INDArray weightsGradient, INDArray biasGradient) {
    float[] y = ReferenceKernels.read(labels);
    double[] targets = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      targets[i] = y[i];
    }
    SoftmaxCrossEntropy loss = SoftmaxCrossEntropy.of(logits, targets, classes);
    double[] delta = loss.gradient();
    double[] dx = new double[examples * features];
    double[] dw = new double[features * classes];
    double[] db = new double[classes];
    for (int example = 0; example < examples; example++) {
      for (int c = 0; c < classes; c++) {
        float d = (float) delta[example * classes + c];
        db[c] += d;
        for (int f = 0; f < features; f++) {
          dx[example * features + f] += (double) d * w[f * classes + c];
          dw[f * classes + c] += (double) d * x[example * features + f];
        }
      }
    }
    ReferenceKernels.write(ReferenceKernels.rounded(dx), featuresGradient);
    ReferenceKernels.write(ReferenceKernels.rounded(dw), weightsGradient);
    if (biasGradient != null) {
      ReferenceKernels.write(ReferenceKernels.rounded(db), biasGradient);
    }
    return loss;
  }
}
