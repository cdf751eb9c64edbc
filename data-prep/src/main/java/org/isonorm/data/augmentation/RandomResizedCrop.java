package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;

/**
 * Random resized crop (Szegedy et al. 2015): with some probability a window of random area and
 * aspect ratio, wholly inside of the image, takes the image's place, resized to what the network
 * sees by a triangle filter that covers what it shrinks. Drawn as torchvision draws it.
 *
 * @param probability of an image being cropped; 0 for none
 * @param minArea least share of the image's area, in (0, 1]
 * @param maxArea greatest share of the image's area, likewise
 * @param minAspect least ratio of width to height, whose logarithm is drawn uniformly
 * @param maxAspect greatest ratio of width to height
 */
public record RandomResizedCrop(
    double probability, double minArea, double maxArea, double minAspect, double maxAspect)
    implements Serializable {
  /** Torchvision's form: every image, areas of 8 to 100 %, aspects of 3:4 to 4:3. */
  public static final RandomResizedCrop USUAL = new RandomResizedCrop(1, 0.08, 1, 3 / 4., 4 / 3.);

  /** No crop. */
  public static final RandomResizedCrop NONE = USUAL.withProbability(0);

  /** Tries to find a window that fits before it is the largest one in the middle. */
  private static final int TRIES = 10;

  public RandomResizedCrop {
    Checks.probability("random-resized-crop", probability);
    if (!(minArea > 0 && minArea <= maxArea && maxArea <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid random-resized-crop area: %s to %s (must be 0 < least <= greatest <= 1)",
              minArea,
              maxArea));
    }
    Checks.aspectRatio("random-resized-crop", minAspect, maxAspect);
  }

  public RandomResizedCrop withProbability(double value) {
    return new RandomResizedCrop(value, minArea, maxArea, minAspect, maxAspect);
  }

  /**
   * Draws the window that an image becomes; the one seen in evaluation if it is not cropped.
   *
   * @param shape of the image
   * @param seen shape of what is seen of it
   */
  Rectangle sample(ImageShape shape, ImageShape seen, RandomGenerator random) {
    if (random.nextDouble() >= probability) {
      Augmentation middle = Augmentation.middle(shape, seen);
      return new Rectangle(middle.shiftDown(), middle.shiftRight(), seen.height(), seen.width());
    }
    double pixels = (double) shape.height() * shape.width();
    double leastLogarithm = Math.log(minAspect);
    double logarithms = Math.log(maxAspect) - leastLogarithm;
    for (int i = 0; i < TRIES; i++) {
      double area = (minArea + (maxArea - minArea) * random.nextDouble()) * pixels;
      double aspect = Math.exp(leastLogarithm + logarithms * random.nextDouble());
      int width = (int) Math.rint(Math.sqrt(area * aspect));
      int height = (int) Math.rint(Math.sqrt(area / aspect));
      if (height > 0 && height <= shape.height() && width > 0 && width <= shape.width()) {
        int top = random.nextInt(shape.height() - height + 1);
        int left = random.nextInt(shape.width() - width + 1);
        return new Rectangle(top, left, height, width);
      }
    }
    return middle(shape);
  }

  /** The largest window in the middle whose aspect ratio is allowed. */
  private Rectangle middle(ImageShape shape) {
    int height = shape.height();
    int width = shape.width();
    double aspect = (double) width / height;
    if (aspect < minAspect) {
      height = (int) Math.rint(width / minAspect);
    } else if (aspect > maxAspect) {
      width = (int) Math.rint(height * maxAspect);
    }
    // Rounding may not leave the image, nor nothing of it.
    height = Math.max(1, Math.min(height, shape.height()));
    width = Math.max(1, Math.min(width, shape.width()));
    return new Rectangle(
        Math.floorDiv(shape.height() - height, 2),
        Math.floorDiv(shape.width() - width, 2),
        height,
        width);
  }

  /**
   * A window of an image, resized.
   *
   * @param images row-major HWC, the image from {@code offset} on
   * @param shape of the image
   * @param seen shape that the window becomes
   */
  static byte[] resized(
      byte[] images, int offset, ImageShape shape, Rectangle window, ImageShape seen) {
    ImageShape part = new ImageShape(window.height(), window.width(), shape.channels());
    byte[] pixels = new byte[part.size()];
    int length = window.width() * shape.channels();
    for (int row = 0; row < window.height(); row++) {
      System.arraycopy(images, offset + window.rowOffset(row, shape), pixels, row * length, length);
    }
    return part.equals(seen)
        ? pixels
        : Resampling.of(part, seen.height(), seen.width()).resize(pixels);
  }
}
