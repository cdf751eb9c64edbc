package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;

class RandomResizedCropTest {
  private static final ImageShape SHAPE = new ImageShape(200, 240, 3);
  private static final Rectangle WHOLE = new Rectangle(0, 0, 200, 240);
  private static final int DRAWS = 20_000;

  private static List<Rectangle> windows(RandomResizedCrop settings, ImageShape shape) {
    SplittableRandom random = new SplittableRandom(21);
    return Stream.generate(() -> settings.sample(shape, shape, random)).limit(DRAWS).toList();
  }

  private static double aspect(Rectangle window) {
    return (double) window.width() / window.height();
  }

  @Test
  void theUsualFormCoversItsRangesOfAreaAndAspectInsideOfTheImage() {
    List<Rectangle> windows = windows(RandomResizedCrop.USUAL, SHAPE);
    assertThat(windows)
        .allSatisfy(
            window -> {
              assertThat(window.within(SHAPE)).isEqualTo(window);
              // Each side was rounded by up to half a pixel, of 53 and more.
              assertThat(window.share(SHAPE)).isGreaterThan(.08 - .002);
              assertThat(aspect(window)).isBetween(3 / 4. - .02, 4 / 3. + .03);
            })
        .anySatisfy(window -> assertThat(window.share(SHAPE)).isLessThan(.081))
        .anySatisfy(window -> assertThat(window.share(SHAPE)).isGreaterThan(.98))
        .anySatisfy(window -> assertThat(aspect(window)).isLessThan(.76))
        .anySatisfy(window -> assertThat(aspect(window)).isGreaterThan(1.32))
        .anySatisfy(window -> assertThat(window.top() + window.height()).isEqualTo(200))
        .anySatisfy(window -> assertThat(window.left() + window.width()).isEqualTo(240));
  }

  @Test
  void areasAreUniformAndAspectsInTheirLogarithm() {
    // Small enough that every window fits, so that none is drawn again.
    List<Rectangle> windows = windows(new RandomResizedCrop(1, .1, .5, 2 / 3., 3 / 2.), SHAPE);
    // Five standard errors of the means, and what rounding of sides adds.
    assertThat(windows.stream().mapToDouble(window -> window.share(SHAPE)).average().orElseThrow())
        .isCloseTo(.3, within(5 * .4 / Math.sqrt(12 * DRAWS) + 1e-3));
    assertThat(
            windows.stream()
                .mapToDouble(window -> Math.log(aspect(window)))
                .average()
                .orElseThrow())
        .isCloseTo(0, within(5 * 2 * Math.log(1.5) / Math.sqrt(12 * DRAWS) + 1e-3));
  }

  @Test
  void anImageThatIsNotCroppedIsSeenAsInEvaluation() {
    assertThat(
            RandomResizedCrop.NONE.sample(
                SHAPE, new ImageShape(180, 180, 3), new SplittableRandom(1)))
        .isEqualTo(new Rectangle(10, 30, 180, 180));
  }

  @Test
  void cropsAsOftenAsItsProbability() {
    assertThat(windows(RandomResizedCrop.NONE, SHAPE)).containsOnly(WHOLE);
    long whole =
        windows(RandomResizedCrop.USUAL.withProbability(.5), SHAPE).stream()
            .filter(WHOLE::equals)
            .count();
    // Five standard deviations of a frequency of one half.
    assertThat(whole / (double) DRAWS).isCloseTo(.5, within(.018));
  }

  @Test
  void anImageInWhichNoWindowFitsGivesTheLargestInTheMiddle() {
    RandomResizedCrop all = new RandomResizedCrop(1, 1, 1, 3 / 4., 4 / 3.);
    assertThat(windows(all, new ImageShape(30, 90, 3))).containsOnly(new Rectangle(0, 25, 30, 40));
    assertThat(windows(all, new ImageShape(90, 30, 3))).containsOnly(new Rectangle(25, 0, 40, 30));
  }

  @Test
  void aConstantStaysAndAWindowFillsTheImage() {
    ImageShape shape = new ImageShape(4, 6, 1);
    byte[] images = new byte[100 + shape.size()];
    // Bright where the window is, dark elsewhere.
    for (int row = 1; row < 3; row++) {
      for (int column = 2; column < 5; column++) {
        images[100 + row * 6 + column] = (byte) 200;
      }
    }
    assertThat(RandomResizedCrop.resized(images, 100, shape, new Rectangle(1, 2, 2, 3), shape))
        .containsOnly(200)
        .hasSize(shape.size());
  }

  @Test
  void refusesRangesThatMakeNoSenseAndTwoCrops() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RandomResizedCrop.USUAL.withProbability(1.5))
        .withMessage("Invalid random-resized-crop probability: 1.5 (must be in [0, 1])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomResizedCrop(1, 0.4, 1.2, 1, 1))
        .withMessage(
            "Invalid random-resized-crop area: 0.4 to 1.2 (must be 0 < least <= greatest <= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomResizedCrop(1, 0.2, 0.4, 2, 1))
        .withMessage(
            "Invalid random-resized-crop aspect-ratio: 2.0 to 1.0 (must be 0 < least <= greatest)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AugmentationSettings.CROP_AND_FLIP.withRandomResizedCrop(RandomResizedCrop.USUAL))
        .withMessage("Invalid crop-padding: 4 (must be 0 with a random resized crop)");
  }
}
