package org.isonorm.data.augmentation;

import java.util.List;
import java.util.Locale;
import org.isonorm.data.shard.ImageShape;

/**
 * Views of an image over which a network's logits are averaged when it is evaluated or predicts.
 * The first view is the image as it is. Moved views are filled by {@link CropFill#REFLECT}.
 */
public enum TestTimeAugmentation {
  /** The image alone. */
  NONE(List.of(view(0, false, 1))),

  /** The image and its mirror image, in equal parts. */
  FLIP(List.of(view(0, false, .5f), view(0, true, .5f))),

  /**
   * Six views (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU"): one half as {@link
   * #FLIP}, the other half over the image moved by one pixel up and left and by one down and right,
   * each of the two as {@link #FLIP}.
   */
  FLIP_TRANSLATE(
      List.of(
          view(0, false, .25f),
          view(0, true, .25f),
          view(-1, false, .125f),
          view(-1, true, .125f),
          view(1, false, .125f),
          view(1, true, .125f)));

  /**
   * One way to see an image.
   *
   * @param weight its part in the mean, of which all of a kind add up to 1
   */
  private record View(Augmentation augmentation, float weight) {}

  @SuppressWarnings("ImmutableEnumChecker") // List.of cannot be changed.
  private final List<View> views;

  TestTimeAugmentation(List<View> views) {
    this.views = views;
  }

  private static View view(int shift, boolean flipped, float weight) {
    return new View(new Augmentation(shift, shift, flipped, 0, 0, 0), weight);
  }

  /** As it is written: {@code flip-translate}. */
  public String label() {
    return name().replace('_', '-').toLowerCase(Locale.ROOT);
  }

  /** Number of views: passes through the network for each image. */
  public int views() {
    return views.size();
  }

  /**
   * A view's part in the mean.
   *
   * @param view from 0
   */
  public float weight(int view) {
    return views.get(view).weight();
  }

  /**
   * A view of some images.
   *
   * @param view from 0
   * @param images values of whole images of that shape, row-major HWC
   */
  public float[] view(int view, float[] images, ImageShape shape) {
    int[] pixels = views.get(view).augmentation().reflectedPixels(shape, shape);
    int channels = shape.channels();
    float[] seen = new float[images.length];
    for (int image = 0; image < images.length; image += shape.size()) {
      for (int pixel = 0; pixel < pixels.length; pixel++) {
        System.arraycopy(
            images, image + pixels[pixel] * channels, seen, image + pixel * channels, channels);
      }
    }
    return seen;
  }
}
