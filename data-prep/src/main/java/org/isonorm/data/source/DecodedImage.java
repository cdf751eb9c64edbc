package org.isonorm.data.source;

import java.io.IOException;
import org.isonorm.data.shard.ImageShape;

/**
 * An image file as RGB bytes, row-major HWC. Grey becomes three equal channels; transparency is
 * dropped and profiles are not applied, as by Pillow's {@code convert("RGB")}.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DecodedImage(ImageShape shape, byte[] pixels) {
  /**
   * Decodes the bytes of a PNG, JPEG, WebP, GIF, BMP or TIFF file, upright.
   *
   * @param name what an error calls it
   * @throws IOException in one sentence that names it, if it is no image that can be read whole
   */
  public static DecodedImage decode(byte[] file, String name) throws IOException {
    return decode(file, name, ImageFileSettings.DEFAULT);
  }

  /** As above; resized too, where the settings have a size. */
  public static DecodedImage decode(byte[] file, String name, ImageFileSettings settings)
      throws IOException {
    try {
      return ImageDecoder.decode(file, settings);
    } catch (IOException | RuntimeException | OutOfMemoryError | LinkageError e) {
      // The readers meet broken bytes with exceptions of many kinds.
      throw UnreadableImageException.of(name, e);
    }
  }
}
