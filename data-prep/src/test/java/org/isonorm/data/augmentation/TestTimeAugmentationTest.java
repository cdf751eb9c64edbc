package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.isonorm.data.augmentation.TestTimeAugmentation.FLIP;
import static org.isonorm.data.augmentation.TestTimeAugmentation.FLIP_TRANSLATE;
import static org.isonorm.data.augmentation.TestTimeAugmentation.NONE;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestTimeAugmentationTest {
  private static final ImageShape SHAPE = new ImageShape(3, 4, 2);

  /** Two images whose values are all different, and small enough to be bytes. */
  private static float[] images() {
    float[] images = new float[2 * SHAPE.size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = i + 1;
    }
    return images;
  }

  /** A view by the plain steps of {@link Augmentation}, image by image. */
  private static float[] plainly(float[] images, int shift, boolean flipped) {
    float[] seen = new float[images.length];
    for (int image = 0; image < images.length; image += SHAPE.size()) {
      byte[] bytes = new byte[SHAPE.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) images[image + i];
      }
      byte[] moved = Augmentation.crop(bytes, SHAPE, shift, shift, CropFill.REFLECT);
      byte[] turned = flipped ? Augmentation.flip(moved, SHAPE) : moved;
      for (int i = 0; i < bytes.length; i++) {
        seen[image + i] = turned[i];
      }
    }
    return seen;
  }

  private static List<float[]> views(TestTimeAugmentation augmentation) {
    List<float[]> views = new ArrayList<>();
    for (int view = 0; view < augmentation.views(); view++) {
      views.add(augmentation.view(view, images(), SHAPE));
    }
    return views;
  }

  @Test
  void theViewsAreTheImageItsMirrorImageAndBothMovedAlongTheDiagonal() {
    assertThat(views(NONE)).containsExactly(images());
    assertThat(views(FLIP)).containsExactly(images(), plainly(images(), 0, true));
    assertThat(views(FLIP_TRANSLATE))
        .containsExactly(
            images(),
            plainly(images(), 0, true),
            plainly(images(), -1, false),
            plainly(images(), -1, true),
            plainly(images(), 1, false),
            plainly(images(), 1, true));
  }

  @ParameterizedTest
  @EnumSource
  void weightsAddUpToOne(TestTimeAugmentation augmentation) {
    float sum = 0;
    for (int view = 0; view < augmentation.views(); view++) {
      sum += augmentation.weight(view);
    }
    assertThat(sum).isEqualTo(1);
  }

  @Test
  void halfOfTheWeightIsOnImagesThatAreNotMoved() {
    assertThat(FLIP_TRANSLATE.weight(0) + FLIP_TRANSLATE.weight(1)).isEqualTo(.5f);
    assertThat(FLIP_TRANSLATE.weight(2)).isEqualTo(FLIP_TRANSLATE.weight(5)).isEqualTo(.125f);
    assertThat(FLIP.weight(1)).isEqualTo(.5f);
  }
}
