package org.isonorm.network.kernel;

/**
 * The shape of a 1×1 convolution at stride 1 of what is normalized and rectified before it (Huang
 * et al. 2017): inputs [rows, channels of that input], whose channels stand side by side, weights
 * [out, channels of all], output [rows, out]. A row is a pixel of an example.
 *
 * @param bias whether a bias of [out] is added
 * @param relu whether max(0, ·) follows the convolution too
 */
public record PreactivatedConvolutionShape(
    ConcatenationShape inputs, int out, boolean bias, boolean relu) {

  public PreactivatedConvolutionShape {
    Checks.positive("output channels", out);
  }

  /** Input channels. */
  public int in() {
    return inputs.outputChannels();
  }

  public long weightsLength() {
    return (long) in() * out;
  }

  public long outputLength() {
    return inputs.rows() * out;
  }
}
