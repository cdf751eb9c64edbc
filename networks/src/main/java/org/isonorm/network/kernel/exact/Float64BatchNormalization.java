package org.isonorm.network.kernel.exact;

import java.lang.ref.Reference;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Batch normalization in float64, on the CPU. */
final class Float64BatchNormalization implements BatchNormalizationKernel {
  private final BatchNormalizationShape shape;
  private final int channels;
  private final Shares shares;

  /** How the last training pass mapped its input, which says what ReLU let through. */
  private Affine last;

  /** y = (x − mean) factor + shift, channel by channel. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Affine(double[] mean, double[] factor, double[] shift) {
    double at(double x, int channel) {
      return (x - mean[channel]) * factor[channel] + shift[channel];
    }
  }

  Float64BatchNormalization(BatchNormalizationShape shape) {
    this.shape = shape;
    this.channels = shape.channels();
    this.shares = new Shares(shape.rows(), channels);
  }

  @Override
  public void forwardTraining(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray output,
      INDArray mean,
      INDArray variance) {
    HostElements x = HostElements.of(input);
    double[] average = mean(shape, shares, x);
    mean.assign(Nd4j.createFromArray(average));
    variance.assign(Nd4j.createFromArray(variance(shape, shares, x, average)));
    last = affine(scale, shift, mean, variance);
    map(input, last, output);
  }

  /** The mean of every channel. */
  static double[] mean(BatchNormalizationShape shape, Shares shares, HostElements x) {
    int channels = shape.channels();
    return over(
        shape.rows(),
        shares.sum(
            channels,
            (row, rows, sum) -> {
              double[] values = shares.read(x, row, rows);
              for (int i = 0; i < values.length; i += channels) {
                for (int c = 0; c < channels; c++) {
                  sum[c] += values[i + c];
                }
              }
            }));
  }

  /** The biased variance of every channel. */
  static double[] variance(
      BatchNormalizationShape shape, Shares shares, HostElements x, double[] mean) {
    int channels = shape.channels();
    return over(
        shape.rows(),
        shares.sum(
            channels,
            (row, rows, sum) -> {
              double[] values = shares.read(x, row, rows);
              for (int i = 0; i < values.length; i += channels) {
                for (int c = 0; c < channels; c++) {
                  double deviation = values[i + c] - mean[c];
                  sum[c] += deviation * deviation;
                }
              }
            }));
  }

  @Override
  public void forwardInference(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray mean,
      INDArray variance,
      INDArray output) {
    map(input, affine(scale, shift, mean, variance), output);
  }

  private Affine affine(INDArray scale, INDArray shift, INDArray mean, INDArray variance) {
    return new Affine(mean.toDoubleVector(), factors(scale, variance), shift.toDoubleVector());
  }

  private void map(INDArray input, Affine affine, INDArray output) {
    HostElements x = HostElements.of(input);
    HostElements y = HostElements.of(output);
    shares.forEach(
        (row, rows) -> {
          double[] values = shares.read(x, row, rows);
          for (int i = 0; i < values.length; i += channels) {
            for (int c = 0; c < channels; c++) {
              values[i + c] = affine.at(values[i + c], c);
            }
          }
          if (shape.relu()) {
            for (int i = 0; i < values.length; i++) {
              values[i] = Math.max(0, values[i]);
            }
          }
          shares.write(y, row, values);
        });
    Reference.reachabilityFence(new INDArray[] {input, output});
  }

  @Override
  public void backward(
      INDArray input,
      INDArray outputGradient,
      INDArray scale,
      INDArray mean,
      INDArray variance,
      INDArray inputGradient,
      INDArray scaleGradient,
      INDArray shiftGradient) {
    if (last == null) {
      throw new IllegalStateException(
          "Cannot run backward: no training forward pass came before it");
    }
    HostElements x = HostElements.of(input);
    HostElements dy = HostElements.of(outputGradient);
    HostElements dx = HostElements.of(inputGradient);
    double[] average = last.mean();
    double[] inverse = factors(null, variance);
    double[] sums =
        shares.sum(
            2 * channels,
            (row, rows, sum) -> {
              double[] values = shares.read(x, row, rows);
              double[] gradient = through(dy, row, values);
              for (int i = 0; i < values.length; i += channels) {
                for (int c = 0; c < channels; c++) {
                  sum[c] += gradient[i + c];
                  sum[channels + c] +=
                      gradient[i + c] * ((values[i + c] - average[c]) * inverse[c]);
                }
              }
            });
    double[] factor = factors(scale, variance);
    double[] means = over(shape.rows(), sums);
    shares.forEach(
        (row, rows) -> {
          double[] values = shares.read(x, row, rows);
          double[] gradient = through(dy, row, values);
          for (int i = 0; i < values.length; i += channels) {
            for (int c = 0; c < channels; c++) {
              double normalized = (values[i + c] - average[c]) * inverse[c];
              gradient[i + c] =
                  factor[c] * (gradient[i + c] - means[c] - normalized * means[channels + c]);
            }
          }
          shares.write(dx, row, gradient);
        });
    INDArray both = Nd4j.createFromArray(sums).reshape('c', 2, channels);
    shiftGradient.assign(both.getRow(0));
    scaleGradient.assign(both.getRow(1));
    Reference.reachabilityFence(new INDArray[] {input, outputGradient, inputGradient});
  }

  /** scale / √(variance + ε); scale null for 1. */
  private double[] factors(INDArray scale, INDArray variance) {
    double[] factors = variance.toDoubleVector();
    double[] scales = scale == null ? null : scale.toDoubleVector();
    for (int c = 0; c < factors.length; c++) {
      factors[c] = (scales == null ? 1 : scales[c]) / Math.sqrt(factors[c] + shape.epsilon());
    }
    return factors;
  }

  /** The output's gradient where ReLU let values through, else 0. */
  private double[] through(HostElements dy, long row, double[] input) {
    double[] gradient = shares.read(dy, row, Math.floorDiv(input.length, channels));
    if (shape.relu()) {
      for (int i = 0; i < gradient.length; i += channels) {
        for (int c = 0; c < channels; c++) {
          gradient[i + c] = last.at(input[i + c], c) > 0 ? gradient[i + c] : 0;
        }
      }
    }
    return gradient;
  }

  static double[] over(long count, double[] sums) {
    double[] means = new double[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = sums[i] / count;
    }
    return means;
  }
}
