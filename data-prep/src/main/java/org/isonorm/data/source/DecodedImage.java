package org.isonorm.data.source;

import java.io.IOException;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;

/**
 * An image file as RGB bytes, row-major HWC. Grey becomes three equal channels; transparency is
 * dropped and profiles are not applied, as by Pillow's {@code convert("RGB")}.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DecodedImage(ImageShape shape, byte[] pixels) {
  private static final int CHANNELS = 3;

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

  /**
   * An image of samples that lie there already: grey levels become three times the same, as by
   * Pillow's {@code convert("RGB")}, and a fourth channel is left out.
   *
   * @param shape with 1, 3 or 4 channels
   */
  public static DecodedImage ofSamples(ImageShape shape, byte[] samples) {
    ImageShape rgb = new ImageShape(shape.height(), shape.width(), CHANNELS);
    if (shape.channels() == CHANNELS) {
      return new DecodedImage(rgb, samples);
    }
    byte[] pixels = new byte[rgb.size()];
    for (int i = 0; i < pixels.length; i++) {
      int pixel = Math.floorDiv(i, CHANNELS);
      pixels[i] = samples[pixel * shape.channels() + (shape.channels() == 1 ? 0 : i % CHANNELS)];
    }
    return new DecodedImage(rgb, pixels);
  }

  /** The image as a square of so many pixels a side; itself where that is 0 or its own. */
  public DecodedImage resized(int side) {
    if (side == 0 || (shape.height() == side && shape.width() == side)) {
      return this;
    }
    Resampling resampling = Resampling.of(shape, side, side);
    return new DecodedImage(resampling.shape(), resampling.resize(pixels));
  }
}
