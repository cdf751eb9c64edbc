package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.Locale;

/**
 * The rows of a range of positions, as bytes: what an executor keeps in memory over a whole run, or
 * a batch of it. 3 kB an image, so 25,000 CIFAR images are 77 MB. Read on executors with {@link
 * org.isonorm.data.reading.ShardReader}; serializes as bulk bytes.
 *
 * <p>The accessors hand out the arrays themselves, not copies: they are not to be written to.
 */
public final class Shard implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ImageShape shape;
  private final long firstPosition;
  private final byte[] images;
  private final int[] labels;
  private final long[] indices;

  /**
   * A shard of rows in position order.
   *
   * @param firstPosition position of row 0 in its split, or its rank in the order of an epoch
   * @param images rows × shape.size() bytes, row-major HWC
   * @param labels a label a row
   * @param indices each row's index in the source, which names the example whatever the stored
   *     order is
   */
  public Shard(ImageShape shape, long firstPosition, byte[] images, int[] labels, long[] indices) {
    if (labels.length != indices.length || images.length != (long) labels.length * shape.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid shard: %d labels, %d indices and %d image bytes (must be %d bytes an image)",
              labels.length,
              indices.length,
              images.length,
              shape.size()));
    }
    this.shape = shape;
    this.firstPosition = firstPosition;
    this.images = images;
    this.labels = labels;
    this.indices = indices;
  }

  /** How many rows there are. */
  public int size() {
    return labels.length;
  }

  public ImageShape shape() {
    return shape;
  }

  /**
   * The positions of the split this shard covers; row r is position {@code positions().from() + r}.
   */
  public PositionRange positions() {
    return new PositionRange(firstPosition, firstPosition + size());
  }

  /** All images, row after row, {@code shape().size()} bytes each. */
  public byte[] images() {
    return images;
  }

  /** A label a row. */
  public int[] labels() {
    return labels;
  }

  /**
   * Each row's index in the source: unique within the split and independent of the stored order.
   */
  public long[] indices() {
    return indices;
  }
}
