package org.isonorm.network.kernel;

/**
 * The shape of a pooling without padding: input [batch, inHeight, inWidth, channels], output
 * [batch, outHeight, outWidth, channels]. Rows and columns that fill no whole window are left out.
 */
public record PoolingShape(
    Reduction reduction,
    long batch,
    int inHeight,
    int inWidth,
    int channels,
    int windowHeight,
    int windowWidth,
    int strideHeight,
    int strideWidth) {

  /** What becomes of a window. */
  public enum Reduction {
    MAX,
    AVERAGE
  }

  public PoolingShape {
    Checks.positive("batch", batch);
    Checks.positive("input height", inHeight);
    Checks.positive("input width", inWidth);
    Checks.positive("channels", channels);
    Checks.positive("window height", windowHeight);
    Checks.positive("window width", windowWidth);
    Checks.positive("stride height", strideHeight);
    Checks.positive("stride width", strideWidth);
    Checks.windowFits("window", windowHeight, 1, inHeight, 0);
    Checks.windowFits("window", windowWidth, 1, inWidth, 0);
  }

  /** The average of each channel of each example. */
  public static PoolingShape globalAverage(long batch, int height, int width, int channels) {
    return new PoolingShape(
        Reduction.AVERAGE, batch, height, width, channels, height, width, height, width);
  }

  public int outHeight() {
    return Checks.windows(windowHeight, 1, strideHeight, inHeight, 0);
  }

  public int outWidth() {
    return Checks.windows(windowWidth, 1, strideWidth, inWidth, 0);
  }

  public long inputLength() {
    return batch * inHeight * inWidth * channels;
  }

  public long outputLength() {
    return batch * outHeight() * outWidth() * channels;
  }
}
