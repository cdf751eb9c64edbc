package org.isonorm.init;

import java.util.Locale;

/**
 * Shape of a weight tensor laid out as [out, in / groups, height, width], row-major; a dense layer
 * is [out, in].
 *
 * @param out output channels (units of a dense layer)
 * @param in input channels of the whole layer, all groups together (inputs of a dense layer)
 * @param height kernel height in pixels, 1 for a dense layer
 * @param width kernel width in pixels, 1 for a dense layer
 * @param groups groups of the convolution; divides both {@code in} and {@code out}
 */
public record WeightShape(int out, int in, int height, int width, int groups) {
  public WeightShape {
    Checks.positive("output channels", out);
    Checks.positive("input channels", in);
    Checks.positive("kernel height", height);
    Checks.positive("kernel width", width);
    Checks.positive("groups", groups);
    if (in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid groups: %d (must divide the %d input and %d output channels)",
              groups,
              in,
              out));
    }
  }

  /** Shape of a convolution of one group. */
  public static WeightShape convolution(int out, int in, int height, int width) {
    return new WeightShape(out, in, height, width, 1);
  }

  /** Shape of a grouped convolution; {@code groups == in} is a depthwise one. */
  public static WeightShape groupedConvolution(int out, int in, int height, int width, int groups) {
    return new WeightShape(out, in, height, width, groups);
  }

  /** Shape of a dense layer, [out, in]. */
  public static WeightShape dense(int out, int in) {
    return new WeightShape(out, in, 1, 1, 1);
  }

  /** Number of weights. */
  public long size() {
    return (long) out * (in / groups) * height * width;
  }

  /** Fan-in and fan-out, stride ignored. */
  public Fan fan() {
    return Fan.of(this);
  }

  /** Where the centre tap of that output and input channel (of its group) is in the tensor. */
  int centre(int outChannel, int inChannel) {
    int kernel = outChannel * (in / groups) + inChannel;
    return (kernel * height + (height - 1) / 2) * width + (width - 1) / 2;
  }
}
