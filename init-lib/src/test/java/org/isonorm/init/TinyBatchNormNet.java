package org.isonorm.init;

import java.util.List;
import java.util.random.RandomGenerator;
import org.isonorm.init.ParameterTensor.Kind;

/**
 * x → W₁ → batch normalization (no ε, scale, shift) → φ → W₂ → softmax cross-entropy, in double
 * precision, on batches of random inputs and labels that stay the same for a number.
 */
final class TinyBatchNormNet implements GradientOracle {
  static final int INPUTS = 5;
  static final int HIDDEN = 4;
  static final int CLASSES = 3;
  private static final int EXAMPLES = 12;

  private final Activation activation;
  private final double inputScale;

  /** How often it was asked. */
  int evaluations;

  TinyBatchNormNet(Activation activation, double inputScale) {
    this.activation = activation;
    this.inputScale = inputScale;
  }

  @Override
  public List<ParameterTensor> tensors() {
    return List.of(
        new ParameterTensor("conv", Kind.CONVOLUTION, HIDDEN * INPUTS, true),
        new ParameterTensor("bn.scale", Kind.SCALE, HIDDEN, false),
        new ParameterTensor("bn.shift", Kind.SHIFT, HIDDEN, false),
        new ParameterTensor("classifier", Kind.CLASSIFIER, CLASSES * HIDDEN, false));
  }

  /** Random weights, scales 1, shifts 0. */
  static double[][] start(long seed, double classifierStd) {
    RandomGenerator random = SeedStream.of(seed).named("start").generator();
    double[][] start = {
      new double[HIDDEN * INPUTS],
      Tensors.ones(HIDDEN),
      new double[HIDDEN],
      new double[CLASSES * HIDDEN]
    };
    for (int i = 0; i < start[0].length; i++) {
      start[0][i] = .5 * random.nextGaussian();
    }
    for (int i = 0; i < start[3].length; i++) {
      start[3][i] = classifierStd * random.nextGaussian();
    }
    return start;
  }

  @Override
  public LossGradient evaluate(double[][] parameters, long... batches) {
    evaluations++;
    int count = EXAMPLES * batches.length;
    double[][] x = new double[count][INPUTS];
    int[] label = new int[count];
    for (int n = 0; n < count; n++) {
      RandomGenerator random = SeedStream.of(4).at(batches[n / EXAMPLES], n % EXAMPLES).generator();
      label[n] = random.nextInt(CLASSES);
      for (int i = 0; i < INPUTS; i++) {
        x[n][i] = random.nextGaussian() + (i == label[n] ? 1 : 0);
        x[n][i] *= inputScale;
      }
    }
    double[] w = parameters[0];
    double[] scale = parameters[1];
    double[] shift = parameters[2];
    double[] v = parameters[3];
    double[][] normalized = new double[count][HIDDEN];
    double[] deviation = new double[HIDDEN];
    for (int h = 0; h < HIDDEN; h++) {
      double mean = 0;
      for (int n = 0; n < count; n++) {
        for (int i = 0; i < INPUTS; i++) {
          normalized[n][h] += w[h * INPUTS + i] * x[n][i];
        }
        mean += normalized[n][h] / count;
      }
      double variance = 0;
      for (int n = 0; n < count; n++) {
        normalized[n][h] -= mean;
        variance += normalized[n][h] * normalized[n][h] / count;
      }
      deviation[h] = Math.sqrt(variance);
      for (int n = 0; n < count; n++) {
        normalized[n][h] /= deviation[h];
      }
    }
    double loss = 0;
    double[][] gradient = {
      new double[w.length], new double[HIDDEN], new double[HIDDEN], new double[v.length]
    };
    double[][] toNormalized = new double[count][HIDDEN];
    for (int n = 0; n < count; n++) {
      double[] logits = new double[CLASSES];
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        for (int h = 0; h < HIDDEN; h++) {
          double z = scale[h] * normalized[n][h] + shift[h];
          logits[c] += v[c * HIDDEN + h] * activation.function().applyAsDouble(z);
        }
        sum += Math.exp(logits[c]);
      }
      loss += (Math.log(sum) - logits[label[n]]) / count;
      for (int c = 0; c < CLASSES; c++) {
        double toLogit = (Math.exp(logits[c]) / sum - (c == label[n] ? 1 : 0)) / count;
        for (int h = 0; h < HIDDEN; h++) {
          double z = scale[h] * normalized[n][h] + shift[h];
          gradient[3][c * HIDDEN + h] += toLogit * activation.function().applyAsDouble(z);
          double toZ = toLogit * v[c * HIDDEN + h] * activation.derivative().applyAsDouble(z);
          gradient[1][h] += toZ * normalized[n][h];
          gradient[2][h] += toZ;
          toNormalized[n][h] += toZ * scale[h];
        }
      }
    }
    for (int h = 0; h < HIDDEN; h++) {
      double mean = 0;
      double projection = 0;
      for (int n = 0; n < count; n++) {
        mean += toNormalized[n][h] / count;
        projection += toNormalized[n][h] * normalized[n][h] / count;
      }
      for (int n = 0; n < count; n++) {
        double toSum = (toNormalized[n][h] - mean - normalized[n][h] * projection) / deviation[h];
        for (int i = 0; i < INPUTS; i++) {
          gradient[0][h * INPUTS + i] += toSum * x[n][i];
        }
      }
    }
    return new LossGradient(loss, gradient);
  }
}
