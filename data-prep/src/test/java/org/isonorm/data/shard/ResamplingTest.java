package org.isonorm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import org.isonorm.data.GoldenImages;
import org.junit.jupiter.api.Test;

class ResamplingTest {
  /** Pillow rounds to whole levels between the two axes. */
  private static final int GREY_LEVELS = 1;

  /** The weights are rounded to float. */
  private static final float ROUNDING = 1e-4f;

  private static final ImageShape SHAPE = new ImageShape(13, 19, 3);
  private static final int[][] SIZES = {{32, 32}, {7, 5}, {19, 6}, {40, 13}, {1, 1}};

  @Test
  void agreesWithPillow() throws IOException {
    BufferedImage golden = GoldenImages.read("resized.png");
    byte[] image = GoldenImages.part(golden, 0, 0, SHAPE.width(), SHAPE.height());
    int left = SHAPE.width();
    for (int[] size : SIZES) {
      int width = size[0];
      int height = size[1];
      assertThat(
              GoldenImages.difference(
                  Resampling.of(SHAPE, height, width).resize(image),
                  GoldenImages.part(golden, left, 0, width, height)))
          .as("%d×%d", width, height)
          .isLessThanOrEqualTo(GREY_LEVELS);
      left += width;
    }
    assertThat(left).isEqualTo(golden.getWidth());
  }

  @Test
  void theSameSizeIsTheIdentity() {
    byte[] image = new byte[SHAPE.size()];
    new java.util.SplittableRandom(3).nextBytes(image);
    assertThat(Resampling.of(SHAPE, 13, 19).resize(image)).isEqualTo(image);
  }

  @Test
  void keepsAConstantAndReadsFromItsOffset() {
    float[] images = new float[7 + SHAPE.size()];
    java.util.Arrays.fill(images, 7, images.length, -2.5f);
    for (int[] size : SIZES) {
      Resampling resampling = Resampling.of(SHAPE, size[1], size[0]);
      float[] resized = new float[resampling.shape().size()];
      resampling.resize(images, 7, new float[resampling.scratchSize()], resized);
      for (float value : resized) {
        assertThat(value).isCloseTo(-2.5f, within(ROUNDING));
      }
    }
  }
}
