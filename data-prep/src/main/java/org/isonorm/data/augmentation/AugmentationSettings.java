package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Locale;
import java.util.function.Consumer;
import org.isonorm.data.shard.ImageShape;

/**
 * Which augmentations training images get, in this order: random resized crop or crop, flip, colour
 * jitter, AutoAugment, normalize, Cutout, Random Erasing, and then mixing with the other images of
 * the batch.
 *
 * @param cropPadding pixels added on every side before a random crop back to the image's size; 0
 *     for no crop
 * @param cropFill what these pixels are
 * @param randomResizedCrop the window that takes the image's place, of networks for large images
 * @param flip which images are mirrored left to right
 * @param colorJitter how their colours are changed
 * @param autoAugment whether an image gets a random sub-policy of AutoAugment's policy for CIFAR-10
 *     (Cubuk et al. 2019)
 * @param cutoutLength side in pixels of the square that Cutout (DeVries and Taylor 2017) blanks; 0
 *     for none
 * @param randomErasing the rectangle that Random Erasing blanks
 * @param mixing how the images of a batch are mixed
 * @param labelSmoothing share ε of a label that is spread evenly over all classes (Szegedy et al.
 *     2016); 0 for none
 */
public record AugmentationSettings(
    int cropPadding,
    CropFill cropFill,
    RandomResizedCrop randomResizedCrop,
    FlipMethod flip,
    ColorJitter colorJitter,
    boolean autoAugment,
    int cutoutLength,
    RandomErasing randomErasing,
    MixingSettings mixing,
    double labelSmoothing)
    implements Serializable {
  /** Images as they are. */
  public static final AugmentationSettings NONE =
      new AugmentationSettings(
          0,
          CropFill.BLACK,
          RandomResizedCrop.NONE,
          FlipMethod.NONE,
          ColorJitter.NONE,
          false,
          0,
          RandomErasing.NONE,
          MixingSettings.NONE,
          0);

  /** Crop with padding 4 and flip, as the CIFAR recipes have it. */
  public static final AugmentationSettings CROP_AND_FLIP =
      NONE.withCrop(4).withFlip(FlipMethod.RANDOM);

  public AugmentationSettings {
    if (cropPadding < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid crop-padding: %d (must be >= 0)", cropPadding));
    }
    if (cropPadding > 0 && randomResizedCrop.probability() > 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid crop-padding: %d (must be 0 with a random resized crop)",
              cropPadding));
    }
    if (cutoutLength < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid cutout-length: %d (must be >= 0)", cutoutLength));
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid label-smoothing: %s (must be in [0, 1))", labelSmoothing));
    }
  }

  /**
   * Checks that images of that shape can be augmented so.
   *
   * @throws IllegalArgumentException if AutoAugment or colour jitter is asked for and they are not
   *     RGB
   */
  public void check(ImageShape shape) {
    if (autoAugment) {
      ImageOperations.check("auto-augment", shape);
    }
    if (colorJitter.isOn()) {
      ImageOperations.check("color-jitter", shape);
    }
  }

  /** These settings with a crop of that padding. */
  public AugmentationSettings withCrop(int padding) {
    return with(copy -> copy.cropPadding = padding);
  }

  /** These settings with another fill of the crop. */
  public AugmentationSettings withCropFill(CropFill fill) {
    return with(copy -> copy.cropFill = fill);
  }

  /** These settings with that random resized crop. */
  public AugmentationSettings withRandomResizedCrop(RandomResizedCrop value) {
    return with(copy -> copy.randomResizedCrop = value);
  }

  /** These settings with that flip. */
  public AugmentationSettings withFlip(FlipMethod value) {
    return with(copy -> copy.flip = value);
  }

  /** These settings with that colour jitter. */
  public AugmentationSettings withColorJitter(ColorJitter value) {
    return with(copy -> copy.colorJitter = value);
  }

  /** These settings with AutoAugment or without. */
  public AugmentationSettings withAutoAugment(boolean value) {
    return with(copy -> copy.autoAugment = value);
  }

  /** These settings with Cutout of that side length. */
  public AugmentationSettings withCutout(int length) {
    return with(copy -> copy.cutoutLength = length);
  }

  /** These settings with that Random Erasing. */
  public AugmentationSettings withRandomErasing(RandomErasing value) {
    return with(copy -> copy.randomErasing = value);
  }

  /** These settings with that mixing. */
  public AugmentationSettings withMixing(MixingSettings value) {
    return with(copy -> copy.mixing = value);
  }

  /** These settings with that label smoothing. */
  public AugmentationSettings withLabelSmoothing(double share) {
    return with(copy -> copy.labelSmoothing = share);
  }

  private AugmentationSettings with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return new AugmentationSettings(
        copy.cropPadding,
        copy.cropFill,
        copy.randomResizedCrop,
        copy.flip,
        copy.colorJitter,
        copy.autoAugment,
        copy.cutoutLength,
        copy.randomErasing,
        copy.mixing,
        copy.labelSmoothing);
  }

  /** What is otherwise in settings like these. */
  private static final class Copy {
    private int cropPadding;
    private CropFill cropFill;
    private RandomResizedCrop randomResizedCrop;
    private FlipMethod flip;
    private ColorJitter colorJitter;
    private boolean autoAugment;
    private int cutoutLength;
    private RandomErasing randomErasing;
    private MixingSettings mixing;
    private double labelSmoothing;

    Copy(AugmentationSettings settings) {
      cropPadding = settings.cropPadding;
      cropFill = settings.cropFill;
      randomResizedCrop = settings.randomResizedCrop;
      flip = settings.flip;
      colorJitter = settings.colorJitter;
      autoAugment = settings.autoAugment;
      cutoutLength = settings.cutoutLength;
      randomErasing = settings.randomErasing;
      mixing = settings.mixing;
      labelSmoothing = settings.labelSmoothing;
    }
  }
}
