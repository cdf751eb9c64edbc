package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * One image on its way from a source to its Parquet file.
 *
 * @param index its rank in the source, over all files of the split
 * @param image as it is stored: row-major HWC bytes, or an image file
 * @param label its class
 * @param coarseLabel its coarse class; 0 where the data set has none
 * @param pixels what the pixels of an image file add up to; null where the image is pixels
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a record for its serialization
public record Example(long index, byte[] image, int label, int coarseLabel, ChannelSums pixels)
    implements Serializable {
  /** An image that is stored as its pixels. */
  public Example(long index, byte[] image, int label, int coarseLabel) {
    this(index, image, label, coarseLabel, null);
  }

  /** The same example at another rank. */
  public Example withIndex(long rank) {
    return new Example(rank, image, label, coarseLabel, pixels);
  }

  /** What its pixels add up to. */
  ChannelSums sums(int channels) {
    return pixels == null ? ChannelSums.of(image, channels) : pixels;
  }
}
