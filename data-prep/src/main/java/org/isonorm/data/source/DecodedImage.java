package org.isonorm.data.source;

import java.io.IOException;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Resampling;

/**
 * An image as bytes, row-major HWC: grey levels, or red, green and blue, or what else an array
 * holds. Profiles are not applied, and transparency is dropped where it was not asked for, as by
 * Pillow's {@code convert("RGB")}.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DecodedImage(ImageShape shape, byte[] pixels) {
  /**
   * Decodes the bytes of a PNG, JPEG, WebP, GIF, BMP or TIFF file, upright: one channel of a grey
   * file, three of one in colour.
   *
   * @param name what an error calls it
   * @throws IOException in one sentence that names it, if it is no image that can be read whole
   */
  public static DecodedImage decode(byte[] file, String name) throws IOException {
    return decode(file, name, ImageFileSettings.DEFAULT);
  }

  /** As above; resized, and with the channels, that the settings say, if they can be made. */
  public static DecodedImage decode(byte[] file, String name, ImageFileSettings settings)
      throws IOException {
    try {
      return ImageDecoder.decode(file, settings);
    } catch (IOException | RuntimeException | OutOfMemoryError | LinkageError e) {
      // The readers meet broken bytes with exceptions of many kinds.
      throw UnreadableImageException.of(name, e);
    }
  }

  /** Whether it can become an image of so many channels. */
  public boolean canHave(int channels) {
    return Channels.isPossible(shape.channels(), channels);
  }

  /**
   * The image with other channels, as by Pillow's {@code convert}: grey levels become three equal
   * ones, colours become grey, a fourth channel is left out.
   *
   * @throws IllegalArgumentException if it {@linkplain #canHave cannot have} them
   */
  public DecodedImage withChannels(int channels) {
    if (shape.channels() == channels) {
      return this;
    }
    ImageShape other = new ImageShape(shape.height(), shape.width(), channels);
    byte[] converted = new byte[other.size()];
    Channels.convert(pixels, shape.channels(), converted, channels);
    return new DecodedImage(other, converted);
  }

  /** The image in that size; itself where it has it. */
  public DecodedImage resized(ImageSize size) {
    ImageShape other = size.of(shape);
    if (other.equals(shape)) {
      return this;
    }
    return new DecodedImage(
        other, Resampling.of(shape, other.height(), other.width()).resize(pixels));
  }
}
