package org.isonorm.spark.predict;

import java.io.IOException;
import java.util.Locale;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.spark.run.ModelCard;

/**
 * Makes the network's input of images as ingestion and training do, by what the model's card says.
 * Immutable; for several threads.
 */
final class Preprocessing {
  /** Of images before their middle is taken. */
  private final ImageShape resized;

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
    this.resized = card.resized();
    this.assembler = card.assembler();
    this.settings =
        ImageFileSettings.DEFAULT
            .withSize(new ImageSize(resized.height(), resized.width()))
            .withChannels(ChannelChoice.of(resized.channels()))
            .withMaxPixels(maxPixels)
            .withUpright(card.exif() == ExifPolicy.UPRIGHT);
  }

  /** Floats of an image. */
  int size() {
    return assembler.featuresPerExample();
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

  /** Levels of the network's channels, resized. */
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
    DecodedImage image = settings.prepare(new DecodedImage(from, levels));
    if (!image.shape().equals(resized)) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it has %d channels, and the network's images %d",
              name,
              from.channels(),
              resized.channels()));
    }
    return image.pixels();
  }
}
