package org.isonorm.network.kernel;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.isonorm.network.kernel.TangentKernels.Direction;
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
      double[] deviation,
      double[] tangentDeviation,
      double[] scale,
      double[] scaleTangent,
      double[] shift,
      double[] shiftTangent) {

    double z(double x, int c) {
      return (x - mean[c]) / deviation[c];
    }

    double zTangent(double z, double tangent, int c) {
      return (tangent - tangentMean[c] - z * tangentDeviation[c]) / deviation[c];
    }

    double y(double z, int c) {
      return scale[c] * z + shift[c];
    }
  }

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
    double[] deviation = new double[channels];
    for (int c = 0; c < channels; c++) {
      deviation[c] = Math.sqrt(spread[c] + shape.epsilon());
    }
    double[] tangents = tangentMeans(x, average, deviation);
    last =
        new Channels(
            average,
            Arrays.copyOf(tangents, channels),
            deviation,
            Arrays.copyOfRange(tangents, channels, 2 * channels),
            vector(scale),
            vector(direction.ofParameter(scale)),
            vector(shift),
            vector(direction.ofParameter(shift)));
    map(x, HostElements.of(output));
    Reference.reachabilityFence(new INDArray[] {input, output});
  }

  /** mean(ẋ), then σ̇ = mean(z c), which is mean(z ẋ) as the mean of z is 0. */
  private double[] tangentMeans(HostElements x, double[] average, double[] deviation) {
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
                  sum[channels + c] +=
                      (values[i + c] - average[c]) / deviation[c] * tangents[i + c];
                }
              }
            }));
  }

  private void map(HostElements x, HostElements y) {
    Channels of = last;
    shares.forEach(
        (row, rows) -> {
          double[] values = shares.read(x, row, rows);
          double[] tangents = shares.read(x, shape.rows() + row, rows);
          for (int i = 0; i < values.length; i += channels) {
            for (int c = 0; c < channels; c++) {
              double z = of.z(values[i + c], c);
              double zTangent = of.zTangent(z, tangents[i + c], c);
              double value = of.y(z, c);
              double tangent =
                  of.scaleTangent()[c] * z + of.scale()[c] * zTangent + of.shiftTangent()[c];
              boolean passes = !shape.relu() || value > 0;
              values[i + c] = passes ? value : 0;
              tangents[i + c] = passes ? tangent : 0;
            }
          }
          shares.write(y, row, values);
          shares.write(y, shape.rows() + row, tangents);
        });
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
    Channels of = last;
    HostElements x = HostElements.of(input);
    HostElements dy = HostElements.of(outputGradient);
    HostElements dx = HostElements.of(inputGradient);
    // dβ, dγ and their tangents.
    double[] sums =
        shares.sum(
            4 * channels,
            (row, rows, sum) ->
                forEach(
                    x,
                    dy,
                    row,
                    rows,
                    (i, c, z, zTangent, gradient, tangent) -> {
                      sum[c] += gradient;
                      sum[channels + c] += gradient * z;
                      sum[2 * channels + c] += tangent;
                      sum[3 * channels + c] += tangent * z + gradient * zTangent;
                    }));
    double[] means = Float64BatchNormalization.over(shape.rows(), sums);
    shares.forEach(
        (row, rows) -> {
          double[] values = new double[rows * channels];
          double[] tangents = new double[rows * channels];
          forEach(
              x,
              dy,
              row,
              rows,
              (i, c, z, zTangent, gradient, tangent) -> {
                double a = gradient - means[c] - z * means[channels + c];
                double aTangent =
                    tangent
                        - means[2 * channels + c]
                        - zTangent * means[channels + c]
                        - z * means[3 * channels + c];
                double factor = of.scale()[c] / of.deviation()[c];
                double factorTangent =
                    (of.scaleTangent()[c] - factor * of.tangentDeviation()[c]) / of.deviation()[c];
                values[i] = factor * a;
                tangents[i] = factor * aTangent + factorTangent * a;
              });
          shares.write(dx, row, values);
          shares.write(dx, shape.rows() + row, tangents);
        });
    INDArray all = Nd4j.createFromArray(sums).reshape('c', 4, channels);
    shiftGradient.assign(all.getRow(0));
    scaleGradient.assign(all.getRow(1));
    direction.ofGradient(shiftGradient).assign(all.getRow(2));
    direction.ofGradient(scaleGradient).assign(all.getRow(3));
    Reference.reachabilityFence(new INDArray[] {input, outputGradient, inputGradient});
  }

  private interface Element {
    void at(int i, int c, double z, double zTangent, double gradient, double gradientTangent);
  }

  private void forEach(HostElements x, HostElements dy, long row, int rows, Element element) {
    double[] values = shares.read(x, row, rows);
    double[] tangents = shares.read(x, shape.rows() + row, rows);
    double[] gradient = shares.read(dy, row, rows);
    double[] gradientTangent = shares.read(dy, shape.rows() + row, rows);
    for (int i = 0; i < values.length; i += channels) {
      for (int c = 0; c < channels; c++) {
        double z = last.z(values[i + c], c);
        boolean passes = !shape.relu() || last.y(z, c) > 0;
        element.at(
            i + c,
            c,
            z,
            last.zTangent(z, tangents[i + c], c),
            passes ? gradient[i + c] : 0,
            passes ? gradientTangent[i + c] : 0);
      }
    }
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
