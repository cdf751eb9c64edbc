package org.isonorm.network.kernel.vector;

import org.isonorm.network.kernel.ConvolutionShape;

/**
 * A correlation with 3×3 taps at stride 1, from images [images, inHeight, inWidth, in] to [images,
 * outHeight, outWidth, out].
 *
 * @param top rows of zeros above an image
 * @param left columns of zeros on the left of an image
 */
record Correlation(
    int images,
    int inHeight,
    int inWidth,
    int in,
    int outHeight,
    int outWidth,
    int out,
    int top,
    int left) {

  /** Whether a convolution's output and gradients are such correlations. */
  static boolean describes(ConvolutionShape shape) {
    return shape.kernelHeight() == 3
        && shape.kernelWidth() == 3
        && shape.strideHeight() == 1
        && shape.strideWidth() == 1
        && shape.dilationHeight() == 1
        && shape.dilationWidth() == 1
        && shape.paddingHeight() <= 2
        && shape.paddingWidth() <= 2
        && !shape.hasExtraPadding()
        && shape.groups() == 1;
  }

  /** Of the output. */
  static Correlation forward(ConvolutionShape shape) {
    return new Correlation(
        Math.toIntExact(shape.batch()),
        shape.inHeight(),
        shape.inWidth(),
        shape.in(),
        shape.outHeight(),
        shape.outWidth(),
        shape.out(),
        shape.paddingHeight(),
        shape.paddingWidth());
  }

  /**
   * Of the input's gradient, which is a correlation of the output's gradient with the taps turned
   * round.
   */
  static Correlation inputGradient(ConvolutionShape shape) {
    return new Correlation(
        Math.toIntExact(shape.batch()),
        shape.outHeight(),
        shape.outWidth(),
        shape.out(),
        shape.inHeight(),
        shape.inWidth(),
        shape.in(),
        2 - shape.paddingHeight(),
        2 - shape.paddingWidth());
  }

  /** Pixels of all images before. */
  int inPixels() {
    return images * inHeight * inWidth;
  }

  /** Pixels of all images after. */
  int outPixels() {
    return images * outHeight * outWidth;
  }

  /** Values of the weights. */
  long weights() {
    return 9L * in * out;
  }
}
