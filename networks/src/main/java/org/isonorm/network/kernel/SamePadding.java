package org.isonorm.network.kernel;

/**
 * The padding along one axis by which a window at every stride-th pixel gives ⌈pixels / stride⌉
 * outputs: half before and half after, the odd one after. DL4J's and TensorFlow's "same".
 *
 * @param before the first pixel
 * @param extra after the last one, more than before
 */
public record SamePadding(int before, int extra) {

  /**
   * The padding of a window.
   *
   * @param window pixels or taps
   * @param dilation pixels from one tap to the next
   */
  public static SamePadding of(int window, int dilation, int stride, int pixels) {
    int outputs = (pixels + stride - 1) / stride;
    int extent = (window - 1) * dilation + 1;
    int all = Math.max(0, (outputs - 1) * stride + extent - pixels);
    return new SamePadding(all / 2, all % 2);
  }
}
