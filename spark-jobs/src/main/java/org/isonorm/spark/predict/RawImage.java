package org.isonorm.spark.predict;

import org.isonorm.data.shard.ImageShape;

/** An image as somebody has it. Created on executors. */
public sealed interface RawImage {
  /** What an error calls it. */
  String name();

  /** The bytes of a PNG, JPEG, WebP, GIF, BMP or TIFF file. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Encoded(byte[] file, String name) implements RawImage {}

  /**
   * Decoded pixels.
   *
   * @param levels row-major HWC, uint8: grey, or red, green and blue, or whatever channels the
   *     model was trained on
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Pixels(byte[] levels, ImageShape shape, String name) implements RawImage {}
}
