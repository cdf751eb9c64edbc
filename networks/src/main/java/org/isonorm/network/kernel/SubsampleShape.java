package org.isonorm.network.kernel;

import java.util.Locale;

/**
 * The shape of a subsampling: input [batch, inHeight, inWidth, in], output [batch, ⌈inHeight /
 * stride⌉, ⌈inWidth / stride⌉, out]; channels beyond those of the input are zero.
 */
public record SubsampleShape(long batch, int inHeight, int inWidth, int in, int out, int stride) {

  public SubsampleShape {
    Checks.positive("batch", batch);
    Checks.positive("input height", inHeight);
    Checks.positive("input width", inWidth);
    Checks.positive("input channels", in);
    Checks.positive("stride", stride);
    if (out < in) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid output channels: %s (must be >= the input's %s)", out, in));
    }
  }

  public int outHeight() {
    return (inHeight + stride - 1) / stride;
  }

  public int outWidth() {
    return (inWidth + stride - 1) / stride;
  }

  public long inputLength() {
    return batch * inHeight * inWidth * in;
  }

  public long outputLength() {
    return batch * outHeight() * outWidth() * out;
  }
}
