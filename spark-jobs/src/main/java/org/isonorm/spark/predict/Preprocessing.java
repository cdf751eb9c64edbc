package org.isonorm.spark.predict;

import java.io.IOException;
import java.util.Locale;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.spark.run.ModelCard;

/**
 * Makes the network's input of images as ingestion and training do, by what the model's card says.
 * Immutable; for several threads.
 */
final class Preprocessing {
  private static final int RGB = 3;

  /**
   * Weights of red, green and blue in a grey level, in 65,536ths (ITU-R BT.601), as Pillow's {@code
   * convert("L")} has them; a grey pixel keeps its level.
   */
  private static final int[] LUMA = {19_595, 38_470, 7_471};

  private static final int LUMA_HALF = 1 << 15;
  private static final int LUMA_SHIFT = 16;

  private final ImageShape shape;
  private final BatchAssembler assembler;
  private final ImageFileSettings settings;

  /** As training does, for image files as large as ingestion takes them. */
  Preprocessing(ModelCard card) {
    this(card, ImageFileSettings.DEFAULT_MAX_PIXELS);
  }

  /**
   * The same.
   *
   * @param maxPixels most pixels of an image file
   */
  Preprocessing(ModelCard card, long maxPixels) {
    this.shape = card.shape();
    this.assembler = card.assembler();
    int side = shape.height() == shape.width() ? shape.height() : 0;
    this.settings =
        new ImageFileSettings(side, ImageFileSettings.DEFAULT_TEST_FRACTION)
            .withMaxPixels(maxPixels)
            .withUpright(card.exif() == ExifPolicy.UPRIGHT);
  }

  /** Floats of an image. */
  int size() {
    return shape.size();
  }

  /**
   * Writes an image's features.
   *
   * @param out where the first goes
   * @throws IOException in one sentence that names the image, if it cannot be read
   */
  void fill(RawImage image, float[] features, int out) throws IOException {
    assembler.normalize(levels(image), features, out);
  }

  private byte[] levels(RawImage image) throws IOException {
    if (image instanceof RawImage.Encoded encoded) {
      return decoded(encoded);
    }
    RawImage.Pixels pixels = (RawImage.Pixels) image;
    return fitted(pixels.levels(), pixels.shape(), pixels.name());
  }

  private byte[] decoded(RawImage.Encoded encoded) throws IOException {
    DecodedImage image = DecodedImage.decode(encoded.file(), encoded.name(), settings);
    return fitted(image.pixels(), image.shape(), encoded.name());
  }

  /** Levels of the network's channels and size. */
  private byte[] fitted(byte[] levels, ImageShape from, String name) throws IOException {
    if (levels.length != from.size()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it has %d bytes (must be %d, of %s)",
              name,
              levels.length,
              from.size(),
              from));
    }
    byte[] converted = converted(levels, from, name);
    ImageShape is = new ImageShape(from.height(), from.width(), shape.channels());
    return is.equals(shape)
        ? converted
        : Resampling.of(is, shape.height(), shape.width()).resize(converted);
  }

  private byte[] converted(byte[] levels, ImageShape from, String name) throws IOException {
    int pixels = from.height() * from.width();
    if (from.channels() == shape.channels()) {
      return levels;
    }
    if (from.channels() == 1 && shape.channels() == RGB) {
      byte[] rgb = new byte[pixels * RGB];
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = levels[i / RGB];
      }
      return rgb;
    }
    if (from.channels() == RGB && shape.channels() == 1) {
      byte[] grey = new byte[pixels];
      for (int i = 0; i < pixels; i++) {
        int sum = LUMA_HALF;
        for (int c = 0; c < RGB; c++) {
          sum += LUMA[c] * (levels[i * RGB + c] & 0xff);
        }
        grey[i] = (byte) (sum >> LUMA_SHIFT);
      }
      return grey;
    }
    throw new IOException(
        String.format(
            Locale.ROOT,
            "Cannot read image %s: it has %d channels, and the network's images %d",
            name,
            from.channels(),
            shape.channels()));
  }
}
