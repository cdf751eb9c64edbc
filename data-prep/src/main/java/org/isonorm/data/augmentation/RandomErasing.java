package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;

/**
 * Random Erasing (Zhong, Zheng, Kang, Li and Yang 2020): with some probability a rectangle of
 * random area and aspect ratio, wholly inside of the image, is filled with the mean colour, which
 * is 0 after normalizing.
 *
 * @param probability of an image being erased; 0 for none
 * @param minArea least share of the image's area, in (0, 1)
 * @param maxArea greatest share of the image's area, likewise
 * @param minAspect least ratio of height to width
 * @param maxAspect greatest ratio of height to width
 */
public record RandomErasing(
    double probability, double minArea, double maxArea, double minAspect, double maxAspect)
    implements Serializable {
  /** Its authors' form: p = ½, areas of 2 to 40 %, aspects of 0.3 to 1/0.3. */
  public static final RandomErasing ORIGINAL = new RandomErasing(0.5, 0.02, 0.4, 0.3, 1 / 0.3);

  /**
   * The form of table 2 of Zhang et al. 2022 for CIFAR-10: nearly a square, of 12.5 to 20 % of the
   * image.
   */
  public static final RandomErasing SQUARE = new RandomErasing(0.5, 0.125, 0.2, 0.99, 1);

  /** No erasing. */
  public static final RandomErasing NONE = ORIGINAL.withProbability(0);

  /** Tries to find a rectangle that fits before an image is left as it is. */
  private static final int TRIES = 100;

  public RandomErasing {
    Checks.probability("random-erasing", probability);
    if (!(minArea > 0 && minArea <= maxArea && maxArea < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid random-erasing area: %s to %s (must be 0 < least <= greatest < 1)",
              minArea,
              maxArea));
    }
    Checks.aspectRatio("random-erasing", minAspect, maxAspect);
  }

  public RandomErasing withProbability(double value) {
    return new RandomErasing(value, minArea, maxArea, minAspect, maxAspect);
  }

  /** Draws the rectangle an image loses; {@link Rectangle#NONE} if it loses none. */
  Rectangle sample(ImageShape shape, RandomGenerator random) {
    if (random.nextDouble() >= probability) {
      return Rectangle.NONE;
    }
    double pixels = (double) shape.height() * shape.width();
    for (int i = 0; i < TRIES; i++) {
      double area = (minArea + (maxArea - minArea) * random.nextDouble()) * pixels;
      double aspect = minAspect + (maxAspect - minAspect) * random.nextDouble();
      int height = (int) Math.rint(Math.sqrt(area * aspect));
      int width = (int) Math.rint(Math.sqrt(area / aspect));
      if (height < shape.height() && width < shape.width()) {
        int top = random.nextInt(shape.height() - height + 1);
        int left = random.nextInt(shape.width() - width + 1);
        return new Rectangle(top, left, height, width);
      }
    }
    return Rectangle.NONE;
  }
}
