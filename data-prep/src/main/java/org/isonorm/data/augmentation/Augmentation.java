package org.isonorm.data.augmentation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.RandomStream;

/**
 * Crop, flip and Cutout that one example gets in one epoch: the outcome of its random draws. The
 * static methods are the plain reference of each step; {@link BatchAssembler} fuses them.
 *
 * @param shiftDown rows the crop window lies below the image's own, −padding to padding
 * @param shiftRight columns the crop window lies to the right of the image's own
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
  /** Leaves an image as it is. */
  public static final Augmentation IDENTITY = new Augmentation(0, 0, false, 0, 0, 0);

  /**
   * What an example gets in an epoch: a function of the settings and these numbers alone.
   *
   * @param epoch counted from 0
   * @param index the example's
   */
  static Augmentation of(
      AugmentationSettings settings, ImageShape shape, long seed, int epoch, long index) {
    Augmentation drawn =
        sample(settings, shape, RandomStream.AUGMENTATION.generator(seed, epoch, index));
    if (settings.flip() != FlipMethod.ALTERNATING) {
      return drawn;
    }
    boolean first = RandomStream.ALTERNATING_FLIP.generator(seed, 0, index).nextBoolean();
    return drawn.withFlip(first == (epoch % 2 == 0));
  }

  private Augmentation withFlip(boolean value) {
    return new Augmentation(shiftDown, shiftRight, value, cutoutTop, cutoutLeft, cutoutLength);
  }

  /**
   * Draws an augmentation: crop window uniform over all of the padded image, a random flip with
   * probability ½, Cutout's centre uniform over the image. All draws are made whatever is switched
   * on, so that switching Cutout on leaves crops and flips as they were.
   */
  public static Augmentation sample(
      AugmentationSettings settings, ImageShape shape, RandomGenerator random) {
    int padding = settings.cropPadding();
    int length = settings.cutoutLength();
    int down = random.nextInt(2 * padding + 1) - padding;
    int right = random.nextInt(2 * padding + 1) - padding;
    boolean flipped = random.nextBoolean() && settings.flip() == FlipMethod.RANDOM;
    int top = random.nextInt(shape.height()) - length / 2;
    int left = random.nextInt(shape.width()) - length / 2;
    return new Augmentation(down, right, flipped, top, left, length);
  }

  /** The image seen through a window shifted by that much. */
  public static byte[] crop(
      byte[] image, ImageShape shape, int shiftDown, int shiftRight, CropFill fill) {
    byte[] cropped = new byte[shape.size()];
    for (int row = 0; row < shape.height(); row++) {
      for (int column = 0; column < shape.width(); column++) {
        int fromRow = row + shiftDown;
        int fromColumn = column + shiftRight;
        if (fill == CropFill.REFLECT) {
          fromRow = CropFill.reflected(fromRow, shape.height());
          fromColumn = CropFill.reflected(fromColumn, shape.width());
        }
        if (fromRow >= 0
            && fromRow < shape.height()
            && fromColumn >= 0
            && fromColumn < shape.width()) {
          System.arraycopy(
              image,
              offset(shape, fromRow, fromColumn),
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
  int[] reflectedPixels(ImageShape shape) {
    int width = shape.width();
    int[] columns = new int[width];
    for (int column = 0; column < width; column++) {
      int cropped = flipped ? width - 1 - column : column;
      columns[column] = CropFill.reflected(cropped + shiftRight, width);
    }
    int[] pixels = new int[shape.height() * width];
    for (int row = 0; row < shape.height(); row++) {
      int from = CropFill.reflected(row + shiftDown, shape.height()) * width;
      for (int column = 0; column < width; column++) {
        pixels[row * width + column] = from + columns[column];
      }
    }
    return pixels;
  }

  /** {@link #crop} and {@link #flip} of the image that starts at {@code offset}, in one pass. */
  void cropAndFlip(byte[] images, int offset, ImageShape shape, CropFill fill, byte[] pixels) {
    int channels = shape.channels();
    if (fill == CropFill.REFLECT) {
      int[] from = reflectedPixels(shape);
      for (int i = 0; i < from.length; i++) {
        System.arraycopy(images, offset + from[i] * channels, pixels, i * channels, channels);
      }
      return;
    }
    int width = shape.width();
    int firstColumn = Math.max(0, -shiftRight);
    int columns = Math.min(width, width - shiftRight) - firstColumn;
    Arrays.fill(pixels, (byte) 0);
    for (int row = 0; row < shape.height() && columns > 0; row++) {
      int fromRow = row + shiftDown;
      if (fromRow < 0 || fromRow >= shape.height()) {
        continue;
      }
      int in = offset + (fromRow * width + firstColumn + shiftRight) * channels;
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
