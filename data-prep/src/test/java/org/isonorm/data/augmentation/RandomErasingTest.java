package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;

class RandomErasingTest {
  private static final ImageShape SHAPE = ImageShape.CIFAR;
  private static final int DRAWS = 20_000;

  private static List<Rectangle> erased(RandomErasing settings) {
    SplittableRandom random = new SplittableRandom(21);
    return Stream.generate(() -> settings.sample(SHAPE, random))
        .limit(DRAWS)
        .filter(box -> !box.equals(Rectangle.NONE))
        .toList();
  }

  @Test
  void erasesAsOftenAsItsProbability() {
    // Five standard deviations of a frequency of one half.
    assertThat(erased(RandomErasing.SQUARE).size() / (double) DRAWS).isCloseTo(0.5, within(0.018));
    assertThat(erased(RandomErasing.SQUARE.withProbability(1))).hasSize(DRAWS);
    assertThat(erased(RandomErasing.NONE)).isEmpty();
  }

  @Test
  void theOriginalFormCoversItsRangesOfAreaAndAspectInsideOfTheImage() {
    List<Rectangle> boxes = erased(RandomErasing.ORIGINAL);
    assertThat(boxes)
        .allSatisfy(box -> assertThat(box.within(SHAPE)).isEqualTo(box))
        .anySatisfy(box -> assertThat(box.top() + box.height()).isEqualTo(32))
        .anySatisfy(box -> assertThat(box.left() + box.width()).isEqualTo(32));
    // Each side was rounded by up to half a pixel.
    assertThat(boxes)
        .allSatisfy(
            box -> {
              double height = box.height();
              double width = box.width();
              assertThat((height - 0.5) * (width - 0.5)).isLessThanOrEqualTo(0.4 * 1024);
              assertThat((height + 0.5) * (width + 0.5)).isGreaterThanOrEqualTo(0.02 * 1024);
              assertThat((height - 0.5) / (width + 0.5)).isLessThanOrEqualTo(1 / 0.3);
              assertThat((height + 0.5) / (width - 0.5)).isGreaterThanOrEqualTo(0.3);
            })
        .anySatisfy(box -> assertThat(box.share(SHAPE)).isGreaterThan(0.39))
        .anySatisfy(box -> assertThat(box.share(SHAPE)).isLessThan(0.025))
        .anySatisfy(box -> assertThat(box.height()).isGreaterThan(3 * box.width()))
        .anySatisfy(box -> assertThat(box.width()).isGreaterThan(3 * box.height()));
  }

  @Test
  void theSquareFormIsASquareOfAnEighthToAFifth() {
    assertThat(erased(RandomErasing.SQUARE))
        .allSatisfy(
            box -> {
              assertThat(box.height()).isBetween(box.width() - 1, box.width());
              assertThat(box.width()).isBetween(11, 14);
            })
        .extracting(Rectangle::width)
        .contains(11, 12, 13, 14);
  }

  @Test
  void refusesRangesThatMakeNoSense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RandomErasing.SQUARE.withProbability(1.5))
        .withMessage("Invalid random-erasing probability: 1.5 (must be in [0, 1])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomErasing(1, 0.4, 0.2, 1, 1))
        .withMessage("Invalid random-erasing area: 0.4 to 0.2 (must be 0 < least <= greatest < 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomErasing(1, 0.2, 0.4, 0, 1))
        .withMessage(
            "Invalid random-erasing aspect-ratio: 0.0 to 1.0 (must be 0 < least <= greatest)");
  }
}
