package org.isonorm.data.augmentation;

import static org.isonorm.data.augmentation.AutoAugment.Operation.AUTO_CONTRAST;
import static org.isonorm.data.augmentation.AutoAugment.Operation.BRIGHTNESS;
import static org.isonorm.data.augmentation.AutoAugment.Operation.COLOR;
import static org.isonorm.data.augmentation.AutoAugment.Operation.CONTRAST;
import static org.isonorm.data.augmentation.AutoAugment.Operation.EQUALIZE;
import static org.isonorm.data.augmentation.AutoAugment.Operation.INVERT;
import static org.isonorm.data.augmentation.AutoAugment.Operation.POSTERIZE;
import static org.isonorm.data.augmentation.AutoAugment.Operation.ROTATE;
import static org.isonorm.data.augmentation.AutoAugment.Operation.SHARPNESS;
import static org.isonorm.data.augmentation.AutoAugment.Operation.SHEAR_Y;
import static org.isonorm.data.augmentation.AutoAugment.Operation.SOLARIZE;
import static org.isonorm.data.augmentation.AutoAugment.Operation.TRANSLATE_X;
import static org.isonorm.data.augmentation.AutoAugment.Operation.TRANSLATE_Y;

import java.util.List;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;

/**
 * AutoAugment with the policy found on CIFAR-10 (Cubuk, Zoph, Mané, Vasudevan and Le 2019, table
 * 7): one of 25 sub-policies, each of two operations with a probability and a magnitude of their
 * own. Holds scratch arrays: not for several threads.
 */
public final class AutoAugment {
  /** An operation that is carried out with that probability, at one of the magnitudes 0 to 9. */
  record Step(Operation operation, double probability, int magnitude) {}

  /** Two operations, one after the other. */
  record SubPolicy(Step first, Step second) {}

  static final List<SubPolicy> CIFAR_POLICY =
      List.of(
          subPolicy(INVERT, .1, 7, CONTRAST, .2, 6),
          subPolicy(ROTATE, .7, 2, TRANSLATE_X, .3, 9),
          subPolicy(SHARPNESS, .8, 1, SHARPNESS, .9, 3),
          subPolicy(SHEAR_Y, .5, 8, TRANSLATE_Y, .7, 9),
          subPolicy(AUTO_CONTRAST, .5, 8, EQUALIZE, .9, 2),
          subPolicy(SHEAR_Y, .2, 7, POSTERIZE, .3, 7),
          subPolicy(COLOR, .4, 3, BRIGHTNESS, .6, 7),
          subPolicy(SHARPNESS, .3, 9, BRIGHTNESS, .7, 9),
          subPolicy(EQUALIZE, .6, 5, EQUALIZE, .5, 1),
          subPolicy(CONTRAST, .6, 7, SHARPNESS, .6, 5),
          subPolicy(COLOR, .7, 7, TRANSLATE_X, .5, 8),
          subPolicy(EQUALIZE, .3, 7, AUTO_CONTRAST, .4, 8),
          subPolicy(TRANSLATE_Y, .4, 3, SHARPNESS, .2, 6),
          subPolicy(BRIGHTNESS, .9, 6, COLOR, .2, 8),
          subPolicy(SOLARIZE, .5, 2, INVERT, 0, 3),
          subPolicy(EQUALIZE, .2, 0, AUTO_CONTRAST, .6, 0),
          subPolicy(EQUALIZE, .2, 8, EQUALIZE, .6, 4),
          subPolicy(COLOR, .9, 9, EQUALIZE, .6, 6),
          subPolicy(AUTO_CONTRAST, .8, 4, SOLARIZE, .2, 8),
          subPolicy(BRIGHTNESS, .1, 3, COLOR, .7, 0),
          subPolicy(SOLARIZE, .4, 5, AUTO_CONTRAST, .9, 3),
          subPolicy(TRANSLATE_Y, .9, 9, TRANSLATE_Y, .7, 9),
          subPolicy(AUTO_CONTRAST, .9, 2, SOLARIZE, .8, 3),
          subPolicy(EQUALIZE, .8, 8, INVERT, .1, 3),
          subPolicy(TRANSLATE_Y, .7, 9, AUTO_CONTRAST, .9, 1));

  private static final double GREATEST_MAGNITUDE = 9;

  /** Leading bits that Posterize keeps, by magnitude. */
  private static final int[] POSTERIZE_BITS = {8, 8, 7, 7, 6, 6, 5, 5, 4, 4};

  /** Translation at the greatest magnitude: 150 pixels of 331, as a share of the image. */
  private static final double GREATEST_TRANSLATION = 150 / 331.0;

  /** What a step does to an image. */
  enum Operation {
    SHEAR_Y,
    TRANSLATE_X,
    TRANSLATE_Y,
    ROTATE,
    AUTO_CONTRAST,
    INVERT,
    EQUALIZE,
    SOLARIZE,
    POSTERIZE,
    CONTRAST,
    COLOR,
    BRIGHTNESS,
    SHARPNESS
  }

  private final ImageShape shape;
  private final ImageOperations operations;
  private final byte[] other;

  /**
   * Augments images of that shape.
   *
   * @throws IllegalArgumentException if they have not three channels
   */
  AutoAugment(ImageShape shape) {
    this.shape = shape;
    this.operations = new ImageOperations(shape);
    this.other = new byte[shape.size()];
  }

  /** Augments an image in place by a sub-policy that is drawn, each as likely as the others. */
  void apply(byte[] image, RandomGenerator random) {
    SubPolicy policy = CIFAR_POLICY.get(random.nextInt(CIFAR_POLICY.size()));
    apply(policy.first(), image, random);
    apply(policy.second(), image, random);
  }

  /** Both numbers are drawn whether they are needed or not. */
  private void apply(Step step, byte[] image, RandomGenerator random) {
    boolean wanted = random.nextDouble() < step.probability();
    boolean negative = random.nextBoolean();
    if (wanted) {
      apply(step.operation(), step.magnitude(), negative, image, other);
      System.arraycopy(other, 0, image, 0, shape.size());
    }
  }

  /**
   * Carries out one operation.
   *
   * @param magnitude 0 to 9
   * @param negative whether the magnitude counts as negative, where it has a sign
   * @param to another array than {@code from}
   */
  void apply(Operation operation, int magnitude, boolean negative, byte[] from, byte[] to) {
    double sign = negative ? -1 : 1;
    double share = magnitude / GREATEST_MAGNITUDE;
    double factor = 1 + sign * 0.1 * magnitude;
    double translation = sign * GREATEST_TRANSLATION * share;
    switch (operation) {
      case SHEAR_Y -> operations.shearY(from, to, sign * 0.3 * share);
      case TRANSLATE_X -> operations.translateX(from, to, translation * shape.width());
      case TRANSLATE_Y -> operations.translateY(from, to, translation * shape.height());
      case ROTATE -> operations.rotate(from, to, sign * 30 * share);
      case AUTO_CONTRAST -> operations.autoContrast(from, to);
      case INVERT -> operations.invert(from, to);
      case EQUALIZE -> operations.equalize(from, to);
      case SOLARIZE -> operations.solarize(from, to, 256 * (1 - share));
      case POSTERIZE -> operations.posterize(from, to, POSTERIZE_BITS[magnitude]);
      case CONTRAST -> operations.contrast(from, to, factor);
      case COLOR -> operations.color(from, to, factor);
      case BRIGHTNESS -> operations.brightness(from, to, factor);
      case SHARPNESS -> operations.sharpness(from, to, factor);
    }
  }

  private static SubPolicy subPolicy(
      Operation first,
      double firstProbability,
      int firstMagnitude,
      Operation second,
      double secondProbability,
      int secondMagnitude) {
    return new SubPolicy(
        new Step(first, firstProbability, firstMagnitude),
        new Step(second, secondProbability, secondMagnitude));
  }
}
