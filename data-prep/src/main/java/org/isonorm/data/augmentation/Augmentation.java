package org.isonorm.data.augmentation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.RandomStream;

/**
 * Crop, flip and Cutout that one example gets in one epoch: the outcome of its random draws. The
 * static methods are the plain reference of each step; {@link BatchAssembler} fuses them.
 *
 * @param shiftDown rows the crop window begins below the image's first, −padding or more
 * @param shiftRight columns the crop window begins to the right of the image's first
 * @param flipped whether it is mirrored left to right after the crop
 * @param cutoutTop first row of the Cutout square; it may lie outside of the image
 * @param cutoutLeft first column of the Cutout square
 * @param cutoutLength its side; 0 for none
 */
public record Augmentation(
    int shiftDown,
    int shiftRight,
    boolean flipped,
    int cutoutTop,
    int cutoutLeft,
    int cutoutLength) {
  /**
   * What an example gets in an epoch: a function of the settings and these numbers alone.
   *
   * @param stored shape of the image
   * @param shape of what the network sees of it
   * @param epoch counted from 0
   * @param index the example's
   */
  static Augmentation of(
      AugmentationSettings settings,
      ImageShape stored,
      ImageShape shape,
      long seed,
      int epoch,
      long index) {
    Augmentation drawn =
        sample(settings, stored, shape, RandomStream.AUGMENTATION.generator(seed, epoch, index));
    if (settings.flip() != FlipMethod.ALTERNATING) {
      return drawn;
    }
    boolean first = RandomStream.ALTERNATING_FLIP.generator(seed, 0, index).nextBoolean();
    return drawn.withFlip(first == (epoch % 2 == 0));
  }

  private Augmentation withFlip(boolean value) {
    return new Augmentation(shiftDown, shiftRight, value, cutoutTop, cutoutLeft, cutoutLength);
  }

  /** The middle of an image, as it is. */
  static Augmentation middle(ImageShape stored, ImageShape shape) {
    return new Augmentation(
        middle(stored.height(), shape.height()),
        middle(stored.width(), shape.width()),
        false,
        0,
        0,
        0);
  }

  /** Where the middle pixels of a row begin: half pixels go to the even one, as in torchvision. */
  private static int middle(int stored, int seen) {
    return (int) Math.rint((stored - seen) / 2.0);
  }

  /**
   * Draws an augmentation: crop window uniform over all of the padded image, or in its middle
   * without padding, a random flip with probability ½, Cutout's centre uniform over what is seen.
   * All draws are made whatever is switched on, so that switching Cutout on leaves crops and flips
   * as they were.
   *
   * @param stored shape of the image
   * @param shape of the window
   */
  public static Augmentation sample(
      AugmentationSettings settings, ImageShape stored, ImageShape shape, RandomGenerator random) {
    int padding = settings.cropPadding();
    int length = settings.cutoutLength();
    int down = shift(padding, stored.height(), shape.height(), random);
    int right = shift(padding, stored.width(), shape.width(), random);
    boolean flipped = random.nextBoolean() && settings.flip() == FlipMethod.RANDOM;
    int top = random.nextInt(shape.height()) - length / 2;
    int left = random.nextInt(shape.width()) - length / 2;
    return new Augmentation(down, right, flipped, top, left, length);
  }

  private static int shift(int padding, int stored, int seen, RandomGenerator random) {
    int left = padding == 0 ? 0 : stored - seen;
    int drawn = random.nextInt(2 * padding + left + 1) - padding;
    return padding == 0 ? middle(stored, seen) : drawn;
  }

  /** The image seen through a window of its size, shifted by that much. */
  public static byte[] crop(
      byte[] image, ImageShape shape, int shiftDown, int shiftRight, CropFill fill) {
    return crop(image, shape, shape, shiftDown, shiftRight, fill);
  }

  /** The same through a window of another size. */
  static byte[] crop(
      byte[] image,
      ImageShape stored,
      ImageShape shape,
      int shiftDown,
      int shiftRight,
      CropFill fill) {
    byte[] cropped = new byte[shape.size()];
    for (int row = 0; row < shape.height(); row++) {
      for (int column = 0; column < shape.width(); column++) {
        int fromRow = row + shiftDown;
        int fromColumn = column + shiftRight;
        if (fill == CropFill.REFLECT) {
          fromRow = CropFill.reflected(fromRow, stored.height());
          fromColumn = CropFill.reflected(fromColumn, stored.width());
        }
        if (fromRow >= 0
            && fromRow < stored.height()
            && fromColumn >= 0
            && fromColumn < stored.width()) {
          System.arraycopy(
              image,
              offset(stored, fromRow, fromColumn),
              cropped,
              offset(shape, row, column),
              shape.channels());
        }
      }
    }
    return cropped;
  }

  /** The image mirrored left to right. */
  public static byte[] flip(byte[] image, ImageShape shape) {
    byte[] flipped = new byte[shape.size()];
    for (int row = 0; row < shape.height(); row++) {
      for (int column = 0; column < shape.width(); column++) {
        System.arraycopy(
            image,
            offset(shape, row, shape.width() - 1 - column),
            flipped,
            offset(shape, row, column),
            shape.channels());
      }
    }
    return flipped;
  }

  /**
   * Blanks a square, clipped at the image's borders, with 0 (the mean colour, as the values are
   * normalized), in place.
   *
   * @param features normalized values of one image, row-major HWC, from {@code offset} on
   */
  public static void cutout(
      float[] features, int offset, ImageShape shape, int top, int left, int length) {
    new Rectangle(top, left, length, length).blank(features, offset, shape);
  }

  /** Blanks this example's square in its normalized values, as {@link #cutout}. */
  void cutout(float[] features, int offset, ImageShape shape) {
    if (cutoutLength > 0) {
      cutout(features, offset, shape, cutoutTop, cutoutLeft, cutoutLength);
    }
  }

  /**
   * The pixel of an image that each pixel of its crop and flip shows, both counted row by row; what
   * lies outside is reflected.
   */
  int[] reflectedPixels(ImageShape stored, ImageShape shape) {
    int width = shape.width();
    int[] columns = new int[width];
    for (int column = 0; column < width; column++) {
      int cropped = flipped ? width - 1 - column : column;
      columns[column] = CropFill.reflected(cropped + shiftRight, stored.width());
    }
    int[] pixels = new int[shape.height() * width];
    for (int row = 0; row < shape.height(); row++) {
      int from = CropFill.reflected(row + shiftDown, stored.height()) * stored.width();
      for (int column = 0; column < width; column++) {
        pixels[row * width + column] = from + columns[column];
      }
    }
    return pixels;
  }

  /** {@link #crop} and {@link #flip} of the image that starts at {@code offset}, in one pass. */
  void cropAndFlip(
      byte[] images,
      int offset,
      ImageShape stored,
      ImageShape shape,
      CropFill fill,
      byte[] pixels) {
    int channels = shape.channels();
    if (fill == CropFill.REFLECT) {
      int[] from = reflectedPixels(stored, shape);
      for (int i = 0; i < from.length; i++) {
        System.arraycopy(images, offset + from[i] * channels, pixels, i * channels, channels);
      }
      return;
    }
    int width = shape.width();
    int firstColumn = Math.max(0, -shiftRight);
    int columns = Math.min(width, stored.width() - shiftRight) - firstColumn;
    Arrays.fill(pixels, (byte) 0);
    for (int row = 0; row < shape.height() && columns > 0; row++) {
      int fromRow = row + shiftDown;
      if (fromRow < 0 || fromRow >= stored.height()) {
        continue;
      }
      int in = offset + (fromRow * stored.width() + firstColumn + shiftRight) * channels;
      if (!flipped) {
        int out = (row * width + firstColumn) * channels;
        System.arraycopy(images, in, pixels, out, columns * channels);
        continue;
      }
      int out = (row * width + width - 1 - firstColumn) * channels;
      for (int column = 0; column < columns; column++) {
        for (int channel = 0; channel < channels; channel++) {
          pixels[out - column * channels + channel] = images[in + column * channels + channel];
        }
      }
    }
  }

  private static int offset(ImageShape shape, int row, int column) {
    return (row * shape.width() + column) * shape.channels();
  }
}
