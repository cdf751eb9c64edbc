package org.isonorm.network.kernel;

import java.util.Locale;

/**
 * The shape of a pooling: input [batch, inHeight, inWidth, channels], output [batch, outHeight,
 * outWidth, channels]. Rows and columns that fill no whole window are left out. What lies outside
 * the image takes no part in a maximum and is not counted by an average.
 *
 * @param paddingHeight rows outside the image that windows may reach into above, and as many below
 * @param paddingWidth columns on the left, and as many on the right
 * @param extraHeight rows below, more than the padding
 * @param extraWidth columns on the right, more than the padding
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
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    int extraHeight,
    int extraWidth) {

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
    Checks.notNegative("padding height", paddingHeight);
    Checks.notNegative("padding width", paddingWidth);
    Checks.notNegative("extra padding height", extraHeight);
    Checks.notNegative("extra padding width", extraWidth);
    Checks.windowFits("window", windowHeight, 1, inHeight, paddingHeight, extraHeight);
    Checks.windowFits("window", windowWidth, 1, inWidth, paddingWidth, extraWidth);
    onImage("height", windowHeight, paddingHeight + extraHeight);
    onImage("width", windowWidth, paddingWidth + extraWidth);
  }

  /** Every window has a pixel of the image in it. */
  private static void onImage(String axis, int window, int padding) {
    if (padding >= window) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid padding %s: %d (must be less than the window's %d)",
              axis,
              padding,
              window));
    }
  }

  /** A pooling without padding. */
  public PoolingShape(
      Reduction reduction,
      long batch,
      int inHeight,
      int inWidth,
      int channels,
      int windowHeight,
      int windowWidth,
      int strideHeight,
      int strideWidth) {
    this(
        reduction,
        batch,
        inHeight,
        inWidth,
        channels,
        windowHeight,
        windowWidth,
        strideHeight,
        strideWidth,
        0,
        0,
        0,
        0);
  }

  /** The average of each channel of each example. */
  public static PoolingShape globalAverage(long batch, int height, int width, int channels) {
    return new PoolingShape(
        Reduction.AVERAGE, batch, height, width, channels, height, width, height, width);
  }

  /** Whether windows reach further over the image's end than over its start. */
  public boolean hasExtraPadding() {
    return extraHeight > 0 || extraWidth > 0;
  }

  public int outHeight() {
    return Checks.windows(windowHeight, 1, strideHeight, inHeight, paddingHeight, extraHeight);
  }

  public int outWidth() {
    return Checks.windows(windowWidth, 1, strideWidth, inWidth, paddingWidth, extraWidth);
  }

  public long inputLength() {
    return batch * inHeight * inWidth * channels;
  }

  public long outputLength() {
    return batch * outHeight() * outWidth() * channels;
  }
}
