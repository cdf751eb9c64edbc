package org.isonorm.network.kernel;

import java.util.Locale;

/**
 * The shape of a two-dimensional convolution: input [batch, inHeight, inWidth, in], weights [out,
 * in / groups, kernelHeight, kernelWidth], output [batch, outHeight, outWidth, out]. Padding is of
 * zeros, the same before and after the pixels but for the extra ones; a dilation of 1 means none.
 *
 * @param batch number of examples
 * @param in input channels of all groups together
 * @param out output channels of all groups together
 * @param bias whether a bias of [out] is added
 * @param extraHeight rows of zeros below, more than the padding
 * @param extraWidth columns of zeros on the right, more than the padding
 */
public record ConvolutionShape(
    long batch,
    int in,
    int inHeight,
    int inWidth,
    int out,
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    int dilationHeight,
    int dilationWidth,
    int groups,
    boolean bias,
    int extraHeight,
    int extraWidth) {

  public ConvolutionShape {
    Checks.positive("batch", batch);
    Checks.positive("input channels", in);
    Checks.positive("input height", inHeight);
    Checks.positive("input width", inWidth);
    Checks.positive("output channels", out);
    Checks.positive("kernel height", kernelHeight);
    Checks.positive("kernel width", kernelWidth);
    Checks.positive("stride height", strideHeight);
    Checks.positive("stride width", strideWidth);
    Checks.notNegative("padding height", paddingHeight);
    Checks.notNegative("padding width", paddingWidth);
    Checks.notNegative("extra padding height", extraHeight);
    Checks.notNegative("extra padding width", extraWidth);
    Checks.positive("dilation height", dilationHeight);
    Checks.positive("dilation width", dilationWidth);
    Checks.positive("groups", groups);
    if (in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid groups: %s (must divide the %s input and the %s output channels)",
              groups,
              in,
              out));
    }
    Checks.windowFits("kernel", kernelHeight, dilationHeight, inHeight, paddingHeight, extraHeight);
    Checks.windowFits("kernel", kernelWidth, dilationWidth, inWidth, paddingWidth, extraWidth);
  }

  /** A convolution of one padding before and after. */
  public ConvolutionShape(
      long batch,
      int in,
      int inHeight,
      int inWidth,
      int out,
      int kernelHeight,
      int kernelWidth,
      int strideHeight,
      int strideWidth,
      int paddingHeight,
      int paddingWidth,
      int dilationHeight,
      int dilationWidth,
      int groups,
      boolean bias) {
    this(
        batch,
        in,
        inHeight,
        inWidth,
        out,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        dilationHeight,
        dilationWidth,
        groups,
        bias,
        0,
        0);
  }

  /** A convolution with a square kernel, one group and no dilation. */
  public static ConvolutionShape of(
      long batch,
      int inHeight,
      int inWidth,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      boolean bias) {
    return new ConvolutionShape(
        batch, in, inHeight, inWidth, out, kernel, kernel, stride, stride, padding, padding, 1, 1,
        1, bias);
  }

  /** The shape of what each group does alone. */
  public ConvolutionShape ofOneGroup() {
    return new ConvolutionShape(
        batch,
        in / groups,
        inHeight,
        inWidth,
        out / groups,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        dilationHeight,
        dilationWidth,
        1,
        bias,
        extraHeight,
        extraWidth);
  }

  /** The same with a bias. */
  public ConvolutionShape withBias() {
    return with(batch, true);
  }

  /** Whether every output pixel sees the input pixel in its place and no other, in all channels. */
  public boolean isPointwise() {
    return kernelHeight == 1
        && kernelWidth == 1
        && strideHeight == 1
        && strideWidth == 1
        && paddingHeight == 0
        && paddingWidth == 0
        && !hasExtraPadding()
        && groups == 1;
  }

  /** Whether there are more zeros after the pixels than before them. */
  public boolean hasExtraPadding() {
    return extraHeight > 0 || extraWidth > 0;
  }

  public int outHeight() {
    return Checks.windows(
        kernelHeight, dilationHeight, strideHeight, inHeight, paddingHeight, extraHeight);
  }

  public int outWidth() {
    return Checks.windows(
        kernelWidth, dilationWidth, strideWidth, inWidth, paddingWidth, extraWidth);
  }

  public long inputLength() {
    return batch * inHeight * inWidth * in;
  }

  public long outputLength() {
    return batch * outHeight() * outWidth() * out;
  }

  public long weightsLength() {
    return (long) out * (in / groups) * kernelHeight * kernelWidth;
  }

  /** The same convolution of as many examples. */
  public ConvolutionShape withBatch(long examples) {
    return with(examples, bias);
  }

  /** The same convolution without a bias. */
  public ConvolutionShape withoutBias() {
    return with(batch, false);
  }

  private ConvolutionShape with(long examples, boolean biased) {
    return new ConvolutionShape(
        examples,
        in,
        inHeight,
        inWidth,
        out,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        dilationHeight,
        dilationWidth,
        groups,
        biased,
        extraHeight,
        extraWidth);
  }
}
