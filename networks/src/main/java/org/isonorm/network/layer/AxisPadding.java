package org.isonorm.network.layer;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.isonorm.network.kernel.SamePadding;

/** What DL4J's modes of convolutions and poolings pad along one axis. */
final class AxisPadding {
  private AxisPadding() {}

  /**
   * The padding of a window.
   *
   * @param explicit what mode {@code Same} does not read
   */
  static SamePadding of(
      ConvolutionMode mode, int window, int dilation, int stride, int explicit, long pixels) {
    return mode == ConvolutionMode.Same
        ? SamePadding.of(window, dilation, stride, Math.toIntExact(pixels))
        : new SamePadding(explicit, 0);
  }
}
