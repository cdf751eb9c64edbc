package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * What the pixels of images add up to, channel by channel. Exact, so that statistics do not depend
 * on how the images are spread over files.
 *
 * @param sums of the levels of each channel
 * @param squares of their squares
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ChannelSums(long[] sums, long[] squares) implements Serializable {
  /** Of an image's pixels, row-major HWC, uint8. */
  public static ChannelSums of(byte[] image, int channels) {
    ChannelSums of = new ChannelSums(new long[channels], new long[channels]);
    for (int channel = 0; channel < channels; channel++) {
      long sum = 0;
      long squareSum = 0;
      for (int i = channel; i < image.length; i += channels) {
        int value = image[i] & 0xff;
        sum += value;
        squareSum += (long) value * value;
      }
      of.sums[channel] = sum;
      of.squares[channel] = squareSum;
    }
    return of;
  }
}
