package org.isonorm.data.source;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.shard.Unreadable;

/**
 * A PNG or JPEG image as RGB bytes, row-major HWC. Grey becomes three equal channels; transparency
 * is dropped.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DecodedImage(ImageShape shape, byte[] pixels) {
  private static final int CHANNELS = 3;

  /** More than any camera's. */
  private static final long MOST_PIXELS = 200_000_000;

  /**
   * Decodes the bytes of a file.
   *
   * @param name what an error calls it
   * @throws IOException in one sentence that names it, if it is no image that can be read
   */
  public static DecodedImage decode(byte[] file, String name) throws IOException {
    BufferedImage image;
    try {
      image = read(file);
    } catch (IOException | RuntimeException e) {
      // The readers meet broken bytes with exceptions of many kinds.
      throw new IOException("Cannot read image %s: %s".formatted(name, Unreadable.reason(e)), e);
    }
    if (image == null) {
      throw new IOException(
          "Cannot read image %s: it is neither a PNG nor a JPEG file".formatted(name));
    }
    ImageShape shape = new ImageShape(image.getHeight(), image.getWidth(), CHANNELS);
    return new DecodedImage(shape, isGrey(image) ? fromGrey(image) : fromColours(image));
  }

  /** Null if it is of no known format. */
  private static BufferedImage read(byte[] file) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        return null;
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        // A few bytes may promise a picture that no memory holds.
        if (pixels > MOST_PIXELS) {
          throw new IOException(
              "it has %d×%d pixels (must be at most %d in all)"
                  .formatted(reader.getWidth(0), reader.getHeight(0), MOST_PIXELS));
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    }
  }

  /** This image resized to a square of that many pixels a side, whatever its aspect. */
  DecodedImage resized(int size) {
    if (shape.height() == size && shape.width() == size) {
      return this;
    }
    Resampling resampling = Resampling.of(shape, size, size);
    return new DecodedImage(resampling.shape(), resampling.resize(pixels));
  }

  private static boolean isGrey(BufferedImage image) {
    return image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  /**
   * Java takes grey samples for linear light and brightens them; PNG and JPEG mean them as sRGB.
   */
  private static byte[] fromGrey(BufferedImage image) {
    Raster raster = image.getRaster();
    ColorModel colours = image.getColorModel();
    int shift = Math.max(colours.getComponentSize(0) - Byte.SIZE, 0);
    int scale = 255 / ((1 << Math.min(colours.getComponentSize(0), Byte.SIZE)) - 1);
    byte[] pixels = new byte[image.getHeight() * image.getWidth() * CHANNELS];
    int out = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        byte level = (byte) ((raster.getSample(x, y, 0) >> shift) * scale);
        for (int channel = 0; channel < CHANNELS; channel++) {
          pixels[out++] = level;
        }
      }
    }
    return pixels;
  }

  private static byte[] fromColours(BufferedImage image) {
    byte[] pixels = new byte[image.getHeight() * image.getWidth() * CHANNELS];
    int[] row = new int[image.getWidth()];
    int out = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, image.getWidth(), 1, row, 0, image.getWidth());
      for (int rgb : row) {
        pixels[out++] = (byte) (rgb >> 16);
        pixels[out++] = (byte) (rgb >> 8);
        pixels[out++] = (byte) rgb;
      }
    }
    return pixels;
  }
}
