package org.isonorm.network.kernel.exact;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.exact.TangentKernels.Direction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batch normalization of values and tangents. With σ = √(variance + ε), z = (x − mean)/σ and c = ẋ
 * − mean(ẋ):
 *
 * <pre>
 * σ̇ = mean(z c)     ż = (c − z σ̇)/σ      y = γ z + β      ẏ = γ̇ z + γ ż + β̇
 * a = dy − mean(dy) − z mean(dy z)         dx = γ/σ a
 * ȧ = dẏ − mean(dẏ) − ż mean(dy z) − z mean(dẏ z + dy ż)
 * dẋ = γ/σ ȧ + (γ̇ − γ σ̇/σ)/σ a
 * </pre>
 */
final class TangentBatchNormalization implements BatchNormalizationKernel {
  private final BatchNormalizationShape shape;
  private final Direction direction;
  private final int channels;
  private final Shares shares;

  /** Of the last training pass. */
  private Channels last;

  /** What a training pass finds of every channel. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Channels(
      double[] mean,
      double[] tangentMean,
      double[] inverse,
      double[] tangentDeviation,
      double[] scale,
      double[] scaleTangent,
      double[] shift,
      double[] shiftTangent) {}

  /**
   * A normalization.
   *
   * @param shape of the values alone
   */
  TangentBatchNormalization(BatchNormalizationShape shape, Direction direction) {
    this.shape = shape;
    this.direction = direction;
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
    double[] average = Float64BatchNormalization.mean(shape, shares, x);
    double[] spread = Float64BatchNormalization.variance(shape, shares, x, average);
    mean.assign(Nd4j.createFromArray(average));
    variance.assign(Nd4j.createFromArray(spread));
    double[] inverse = new double[channels];
    for (int c = 0; c < channels; c++) {
      inverse[c] = 1 / Math.sqrt(spread[c] + shape.epsilon());
    }
    double[] tangents = tangentMeans(x, average, inverse);
    last =
        new Channels(
            average,
            Arrays.copyOf(tangents, channels),
            inverse,
            Arrays.copyOfRange(tangents, channels, 2 * channels),
            vector(scale),
            vector(direction.ofParameter(scale)),
            vector(shift),
            vector(direction.ofParameter(shift)));
    map(x, HostElements.of(output));
    Reference.reachabilityFence(new INDArray[] {input, output});
  }

  /** mean(ẋ), then σ̇ = mean(z c), which is mean(z ẋ) as the mean of z is 0. */
  private double[] tangentMeans(HostElements x, double[] average, double[] inverse) {
    return Float64BatchNormalization.over(
        shape.rows(),
        shares.sum(
            2 * channels,
            (row, rows, sum) -> {
              double[] values = shares.read(x, row, rows);
              double[] tangents = shares.read(x, shape.rows() + row, rows);
              for (int i = 0; i < values.length; i += channels) {
                for (int c = 0; c < channels; c++) {
                  sum[c] += tangents[i + c];
                  sum[channels + c] += (values[i + c] - average[c]) * inverse[c] * tangents[i + c];
                }
              }
            }));
  }

  private void map(HostElements x, HostElements y) {
    double[] scale = last.scale();
    double[] scaleTangent = last.scaleTangent();
    double[] shift = last.shift();
    double[] shiftTangent = last.shiftTangent();
    shares.forEach(
        (row, rows) -> {
          double[] values = shares.read(x, row, rows);
          double[] tangents = shares.read(x, shape.rows() + row, rows);
          normalize(values, tangents);
          for (int i = 0; i < values.length; i += channels) {
            for (int c = 0; c < channels; c++) {
              double z = values[i + c];
              values[i + c] = scale[c] * z + shift[c];
              tangents[i + c] = scaleTangent[c] * z + scale[c] * tangents[i + c] + shiftTangent[c];
            }
          }
          if (shape.relu()) {
            for (int i = 0; i < values.length; i++) {
              tangents[i] = values[i] > 0 ? tangents[i] : 0;
              values[i] = Math.max(0, values[i]);
            }
          }
          shares.write(y, row, values);
          shares.write(y, shape.rows() + row, tangents);
        });
  }

  /** Makes z of x and ż of ẋ. */
  private void normalize(double[] values, double[] tangents) {
    double[] mean = last.mean();
    double[] tangentMean = last.tangentMean();
    double[] inverse = last.inverse();
    double[] tangentDeviation = last.tangentDeviation();
    for (int i = 0; i < values.length; i += channels) {
      for (int c = 0; c < channels; c++) {
        double z = (values[i + c] - mean[c]) * inverse[c];
        values[i + c] = z;
        tangents[i + c] = (tangents[i + c] - tangentMean[c] - z * tangentDeviation[c]) * inverse[c];
      }
    }
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
    // dβ, dγ and their tangents.
    double[] sums =
        shares.sum(
            4 * channels,
            (row, rows, sum) -> {
              Block block = block(x, dy, row, rows);
              for (int i = 0; i < block.z.length; i += channels) {
                for (int c = 0; c < channels; c++) {
                  double z = block.z[i + c];
                  double gradient = block.gradient[i + c];
                  double tangent = block.gradientTangent[i + c];
                  sum[c] += gradient;
                  sum[channels + c] += gradient * z;
                  sum[2 * channels + c] += tangent;
                  sum[3 * channels + c] += tangent * z + gradient * block.zTangent[i + c];
                }
              }
            });
    double[] means = Float64BatchNormalization.over(shape.rows(), sums);
    double[] factor = new double[channels];
    double[] factorTangent = new double[channels];
    for (int c = 0; c < channels; c++) {
      factor[c] = last.scale()[c] * last.inverse()[c];
      factorTangent[c] =
          (last.scaleTangent()[c] - factor[c] * last.tangentDeviation()[c]) * last.inverse()[c];
    }
    shares.forEach(
        (row, rows) -> {
          Block block = block(x, dy, row, rows);
          for (int i = 0; i < block.z.length; i += channels) {
            for (int c = 0; c < channels; c++) {
              double z = block.z[i + c];
              double a = block.gradient[i + c] - means[c] - z * means[channels + c];
              double aTangent =
                  block.gradientTangent[i + c]
                      - means[2 * channels + c]
                      - block.zTangent[i + c] * means[channels + c]
                      - z * means[3 * channels + c];
              block.gradient[i + c] = factor[c] * a;
              block.gradientTangent[i + c] = factor[c] * aTangent + factorTangent[c] * a;
            }
          }
          shares.write(dx, row, block.gradient);
          shares.write(dx, shape.rows() + row, block.gradientTangent);
        });
    INDArray all = Nd4j.createFromArray(sums).reshape('c', 4, channels);
    shiftGradient.assign(all.getRow(0));
    scaleGradient.assign(all.getRow(1));
    direction.ofGradient(shiftGradient).assign(all.getRow(2));
    direction.ofGradient(scaleGradient).assign(all.getRow(3));
    Reference.reachabilityFence(new INDArray[] {input, outputGradient, inputGradient});
  }

  /** Some rows of z, ż, dy and dẏ; the last two 0 where ReLU lets nothing through. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(
      double[] z, double[] zTangent, double[] gradient, double[] gradientTangent) {}

  private Block block(HostElements x, HostElements dy, long row, int rows) {
    Block block =
        new Block(
            shares.read(x, row, rows),
            shares.read(x, shape.rows() + row, rows),
            shares.read(dy, row, rows),
            shares.read(dy, shape.rows() + row, rows));
    normalize(block.z, block.zTangent);
    if (shape.relu()) {
      for (int i = 0; i < block.z.length; i += channels) {
        for (int c = 0; c < channels; c++) {
          if (last.scale()[c] * block.z[i + c] + last.shift()[c] <= 0) {
            block.gradient[i + c] = 0;
            block.gradientTangent[i + c] = 0;
          }
        }
      }
    }
    return block;
  }

  @Override
  public void forwardInference(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray mean,
      INDArray variance,
      INDArray output) {
    throw new UnsupportedOperationException("Unsupported: inference with tangents");
  }

  private static double[] vector(INDArray array) {
    return array.dup('c').data().asDouble();
  }
}
