package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * One image on its way from a source to its Parquet file.
 *
 * @param index its rank in the source, over all files of the split
 * @param image row-major HWC bytes
 * @param label its class
 * @param coarseLabel its coarse class; 0 where the data set has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a record for its serialization
public record Example(long index, byte[] image, int label, int coarseLabel)
    implements Serializable {
  /** The same example at another rank. */
  public Example withIndex(long rank) {
    return new Example(rank, image, label, coarseLabel);
  }
}
