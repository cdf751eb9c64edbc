package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Colour jitter, as torchvision draws it and computes it of Pillow's images: brightness, contrast
 * and saturation are multiplied by a factor, hue is turned, in an order that is drawn as well.
 *
 * @param brightness b of the factor, which is uniform in [max(0, 1 − b), 1 + b]; 0 for none
 * @param contrast likewise
 * @param saturation likewise
 * @param hue h of the turn, which is uniform in [−h, h] turns of the circle of colours, at most ½;
 *     0 for none
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue)
    implements Serializable {
  /** Colours as they are. */
  public static final ColorJitter NONE = new ColorJitter(0, 0, 0, 0);

  /** What augmentation is shown by where none is configured. */
  static final ColorJitter USUAL = new ColorJitter(.4, .4, .4, .1);

  private static final double MOST_HUE = .5;

  /** What is changed of an image. */
  enum Part {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE
  }

  /**
   * One change.
   *
   * @param amount the factor, or the turn of the hue
   */
  record Change(Part part, double amount) {
    void apply(ImageOperations operations, byte[] pixels) {
      switch (part) {
        case BRIGHTNESS -> operations.brightness(pixels, pixels, amount);
        case CONTRAST -> operations.contrast(pixels, pixels, amount);
        case SATURATION -> operations.color(pixels, pixels, amount);
        case HUE -> operations.hue(pixels, pixels, amount);
      }
    }
  }

  public ColorJitter {
    checkFactor("brightness", brightness);
    checkFactor("contrast", contrast);
    checkFactor("saturation", saturation);
    if (!(hue >= 0 && hue <= MOST_HUE)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid color-jitter hue: %s (must be in [0, %s])", hue, MOST_HUE));
    }
  }

  private static void checkFactor(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid color-jitter %s: %s (must be >= 0 and finite)", name, value));
    }
  }

  /** Whether anything is changed. */
  public boolean isOn() {
    return !equals(NONE);
  }

  /**
   * Draws what an image gets, in this order. All draws are made whatever is switched on, so that
   * switching one on leaves the others as they were.
   */
  List<Change> sample(RandomGenerator random) {
    List<Part> order = new ArrayList<>(List.of(Part.values()));
    for (int last = order.size() - 1; last > 0; last--) {
      Collections.swap(order, last, random.nextInt(last + 1));
    }
    Map<Part, Double> amounts = new EnumMap<>(Part.class);
    amounts.put(Part.BRIGHTNESS, factor(brightness, random));
    amounts.put(Part.CONTRAST, factor(contrast, random));
    amounts.put(Part.SATURATION, factor(saturation, random));
    amounts.put(Part.HUE, hue * (2 * random.nextDouble() - 1));
    return order.stream()
        .filter(part -> extent(part) > 0)
        .map(part -> new Change(part, amounts.get(part)))
        .toList();
  }

  private static double factor(double extent, RandomGenerator random) {
    double least = Math.max(0, 1 - extent);
    return least + (1 + extent - least) * random.nextDouble();
  }

  private double extent(Part part) {
    return switch (part) {
      case BRIGHTNESS -> brightness;
      case CONTRAST -> contrast;
      case SATURATION -> saturation;
      case HUE -> hue;
    };
  }
}
