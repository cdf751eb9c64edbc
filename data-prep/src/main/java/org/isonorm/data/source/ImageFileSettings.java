package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.isonorm.data.shard.ChannelSums;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;

/**
 * How image files become a data set.
 *
 * @param size that every image is resized to, by a triangle filter (bilinear, and a weighted mean
 *     where it shrinks), whatever its aspect; {@link ImageSize#AS_THEY_ARE} to leave images as they
 *     are, which must then be of one size
 * @param channels that images are stored with
 * @param testFraction share of each class that is held out for the test split, where the source is
 *     not split itself
 * @param maxPixels most pixels that an image may have
 * @param upright whether images are turned as the camera was held
 * @param skipUnreadable whether an image that cannot be read is left out instead of ending the
 *     ingestion
 * @param keepEncoded whether images are stored as the files they come in; else as pixels
 */
public record ImageFileSettings(
    ImageSize size,
    ChannelChoice channels,
    double testFraction,
    long maxPixels,
    boolean upright,
    boolean skipUnreadable,
    boolean keepEncoded)
    implements Serializable {
  public static final double DEFAULT_TEST_FRACTION = 0.2;

  /** Where Pillow refuses an image as a decompression bomb. */
  public static final long DEFAULT_MAX_PIXELS = 178_956_970;

  /** Images as they are; a fifth of them is held out. */
  public static final ImageFileSettings DEFAULT = new ImageFileSettings(0, DEFAULT_TEST_FRACTION);

  public ImageFileSettings {
    Objects.requireNonNull(size, "size");
    Objects.requireNonNull(channels, "channels");
    if (!(testFraction > 0 && testFraction < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid test-fraction: %s (must be in (0, 1))", testFraction));
    }
    if (maxPixels <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid max-pixels: %d (must be > 0)", maxPixels));
    }
  }

  /**
   * Images upright, as large as Pillow allows, with the channels of the first; one that cannot be
   * read ends the ingestion.
   *
   * @param side of the squares that images are resized to; 0 to leave them as they are
   */
  public ImageFileSettings(int side, double testFraction) {
    this(
        ImageSize.square(side),
        ChannelChoice.AUTO,
        testFraction,
        DEFAULT_MAX_PIXELS,
        /* upright= */ true,
        /* skipUnreadable= */ false,
        /* keepEncoded= */ false);
  }

  public ImageFileSettings withSize(ImageSize resized) {
    return new ImageFileSettings(
        resized, channels, testFraction, maxPixels, upright, skipUnreadable, keepEncoded);
  }

  public ImageFileSettings withChannels(ChannelChoice chosen) {
    return new ImageFileSettings(
        size, chosen, testFraction, maxPixels, upright, skipUnreadable, keepEncoded);
  }

  public ImageFileSettings withMaxPixels(long pixels) {
    return new ImageFileSettings(
        size, channels, testFraction, pixels, upright, skipUnreadable, keepEncoded);
  }

  public ImageFileSettings withUpright(boolean turned) {
    return new ImageFileSettings(
        size, channels, testFraction, maxPixels, turned, skipUnreadable, keepEncoded);
  }

  public ImageFileSettings withSkipUnreadable(boolean skipped) {
    return new ImageFileSettings(
        size, channels, testFraction, maxPixels, upright, skipped, keepEncoded);
  }

  public ImageFileSettings withKeepEncoded(boolean kept) {
    return new ImageFileSettings(
        size, channels, testFraction, maxPixels, upright, skipUnreadable, kept);
  }

  /**
   * Refuses a share to hold out that was chosen in vain.
   *
   * @param source that has a test split
   */
  void requireNoTestFraction(String source) {
    if (testFraction != DEFAULT_TEST_FRACTION) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid test-fraction: %s (%s has a test split; only images without one are split)",
              testFraction,
              source));
    }
  }

  /** Pixels that lie there already, resized and with the channels chosen, if they can be made. */
  public DecodedImage prepare(DecodedImage image) {
    return image.withChannels(channels.stored(image.shape().channels())).resized(size);
  }

  /**
   * Makes the first image of a source ready to be stored, whose shape all others must have.
   *
   * @throws IOException in one sentence that names the image, if it cannot have the channels chosen
   */
  DecodedImage prepareFirst(byte[] file, String name) throws IOException {
    DecodedImage image = DecodedImage.decode(file, name, this);
    refuse(name, image.shape(), image.shape());
    return image;
  }

  /**
   * Makes an image of a source ready to be stored.
   *
   * @param first shape of the first image
   * @throws IOException in one sentence that names the image, if it cannot have that shape
   */
  DecodedImage prepare(byte[] file, String name, ImageShape first) throws IOException {
    DecodedImage image = DecodedImage.decode(file, name, this);
    refuse(name, image.shape(), first);
    return image.withChannels(first.channels());
  }

  /**
   * Makes an example of an image of a source, ready to be stored; else as {@link #prepare(byte[],
   * String, ImageShape)}.
   */
  Example example(
      long index, byte[] file, String name, ImageShape first, int label, int coarseLabel)
      throws IOException {
    byte[] pixels = prepare(file, name, first).pixels();
    return keepEncoded
        ? new Example(index, file, label, coarseLabel, ChannelSums.of(pixels, first.channels()))
        : new Example(index, pixels, label, coarseLabel);
  }

  /** Refuses an image which cannot have the shape of the first by {@link #refusal}'s sentence. */
  void refuse(String name, ImageShape shape, ImageShape first) throws IOException {
    Optional<String> refusal = refusal(name, shape, first);
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
  }

  /**
   * The sentence that refuses an image which cannot have the shape of the first; none if it can.
   *
   * @param shape it has when it is resized and has the channels chosen, if they can be made
   */
  public Optional<String> refusal(String name, ImageShape shape, ImageShape first) {
    if (!channels.takes(shape.channels())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Cannot ingest image %s: its channels are %d, of which %s cannot be made (channels"
                  + " auto keeps what there is)",
              name,
              shape.channels(),
              channels));
    }
    if (shape.channels() != first.channels()
        && (channels != ChannelChoice.AUTO || shape.channels() != 1 || first.channels() != 3)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Cannot ingest image %s: it is %s, but the first is %s (channels 3 stores all in"
                  + " colour, channels 1 all in grey)",
              name,
              kind(shape.channels()),
              kind(first.channels())));
    }
    if (shape.height() != first.height() || shape.width() != first.width()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Cannot ingest image %s: it is %d×%d pixels, but the first is %d×%d (image-size"
                  + " resizes all of them)",
              name,
              shape.width(),
              shape.height(),
              first.width(),
              first.height()));
    }
    return Optional.empty();
  }

  private static String kind(int channels) {
    return switch (channels) {
      case 1 -> "grey";
      case 3 -> "in colour";
      default -> "of " + channels + " channels";
    };
  }
}
