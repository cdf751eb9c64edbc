package org.isonorm.init;

import java.util.Locale;

/**
 * Where a convolution's kernel meets its image: what the exact fans of {@link FanCount} need beyond
 * the weight's shape. All sizes in pixels; zero padding on both sides, and some more at the end.
 *
 * @param imageHeight rows of the layer's input
 * @param imageWidth columns of the layer's input
 * @param strideHeight rows from one output to the next
 * @param strideWidth columns from one output to the next
 * @param paddingHeight zero rows above, and as many below
 * @param paddingWidth zero columns on the left, and as many on the right
 * @param dilationHeight rows from one tap of the kernel to the next, 1 for a dense kernel
 * @param dilationWidth columns from one tap of the kernel to the next, 1 for a dense kernel
 * @param extraHeight zero rows below, more than above
 * @param extraWidth zero columns on the right, more than on the left
 */
public record ConvolutionGeometry(
    int imageHeight,
    int imageWidth,
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    int dilationHeight,
    int dilationWidth,
    int extraHeight,
    int extraWidth) {
  public ConvolutionGeometry {
    Checks.positive("image height", imageHeight);
    Checks.positive("image width", imageWidth);
    Checks.positive("stride height", strideHeight);
    Checks.positive("stride width", strideWidth);
    Checks.notNegative("padding height", paddingHeight);
    Checks.notNegative("padding width", paddingWidth);
    Checks.positive("dilation height", dilationHeight);
    Checks.positive("dilation width", dilationWidth);
    Checks.notNegative("extra padding height", extraHeight);
    Checks.notNegative("extra padding width", extraWidth);
  }

  /** With the same padding on both sides. */
  public ConvolutionGeometry(
      int imageHeight,
      int imageWidth,
      int strideHeight,
      int strideWidth,
      int paddingHeight,
      int paddingWidth,
      int dilationHeight,
      int dilationWidth) {
    this(
        imageHeight,
        imageWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        dilationHeight,
        dilationWidth,
        0,
        0);
  }

  /** A square image, the same stride and padding both ways, no dilation. */
  public static ConvolutionGeometry square(int imageSize, int stride, int padding) {
    return new ConvolutionGeometry(imageSize, imageSize, stride, stride, padding, padding, 1, 1);
  }

  /** Rows of the output. */
  int outputHeight(int kernelHeight) {
    return outputs(
        "height",
        imageHeight,
        kernelHeight,
        strideHeight,
        2L * paddingHeight + extraHeight,
        dilationHeight);
  }

  /** Columns of the output. */
  int outputWidth(int kernelWidth) {
    return outputs(
        "width",
        imageWidth,
        kernelWidth,
        strideWidth,
        2L * paddingWidth + extraWidth,
        dilationWidth);
  }

  /**
   * Pairs of an output pixel and a tap of the kernel that lies on the image, not on the padding; a
   * product of a count along rows and one along columns.
   */
  double contributingTaps(int kernelHeight, int kernelWidth) {
    long vertical =
        taps(
            imageHeight,
            outputHeight(kernelHeight),
            kernelHeight,
            strideHeight,
            paddingHeight,
            dilationHeight);
    long horizontal =
        taps(
            imageWidth,
            outputWidth(kernelWidth),
            kernelWidth,
            strideWidth,
            paddingWidth,
            dilationWidth);
    return (double) vertical * horizontal;
  }

  private static int outputs(
      String what, int image, int kernel, int stride, long padding, int dilation) {
    long span = (long) dilation * (kernel - 1) + 1;
    long room = image + padding - span;
    if (room < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image %s: %d (must be >= %d, the kernel's span less the padding)",
              what,
              image,
              span - padding));
    }
    return Math.toIntExact(room / stride + 1);
  }

  private static long taps(
      int image, int outputs, int kernel, int stride, int padding, int dilation) {
    long count = 0;
    for (int output = 0; output < outputs; output++) {
      for (int tap = 0; tap < kernel; tap++) {
        long position = (long) output * stride + (long) tap * dilation - padding;
        if (position >= 0 && position < image) {
          count++;
        }
      }
    }
    return count;
  }
}
