package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.isonorm.data.GoldenImages;
import org.isonorm.data.augmentation.ColorJitter.Change;
import org.isonorm.data.augmentation.ColorJitter.Part;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;

class ColorJitterTest {
  private static final int WIDTH = 19;
  private static final int HEIGHT = 13;
  private static final int DRAWS = 20_000;
  private static final ColorJitter ALL = new ColorJitter(.4, 2, .4, .1);

  /** Pillow blends in float32, which may fall on the other side of a whole number, every time. */
  private static final int GREY_LEVELS = 1;

  private static List<String> lines(String name) throws IOException {
    try (InputStream in = ColorJitterTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void everyChangeIsTorchvisions() throws IOException {
    BufferedImage golden = GoldenImages.read("jitter-19x13.png");
    ImageOperations operations = new ImageOperations(new ImageShape(HEIGHT, WIDTH, 3));
    List<String> rows = lines("jitter-19x13.csv");
    Set<Part> seen = EnumSet.noneOf(Part.class);
    int images = golden.getWidth() / WIDTH;
    for (int row = 0; row < rows.size(); row++) {
      String[] cells = rows.get(row).split(",", -1);
      Change change =
          new Change(Part.valueOf(cells[0].toUpperCase(Locale.ROOT)), Double.parseDouble(cells[1]));
      seen.add(change.part());
      for (int image = 0; image < images; image++) {
        byte[] pixels = GoldenImages.part(golden, image * WIDTH, 0, WIDTH, HEIGHT);
        change.apply(operations, pixels);
        byte[] expected =
            GoldenImages.part(golden, image * WIDTH, (row + 1) * HEIGHT, WIDTH, HEIGHT);
        assertThat(GoldenImages.difference(pixels, expected))
            .as("%s of image %d", rows.get(row), image)
            .isLessThanOrEqualTo(GREY_LEVELS);
      }
    }
    assertThat(seen).containsExactly(Part.values());
  }

  private static List<List<Change>> draws(ColorJitter jitter) {
    SplittableRandom random = new SplittableRandom(17);
    return Stream.generate(() -> jitter.sample(random)).limit(DRAWS).toList();
  }

  private static List<Double> amounts(List<List<Change>> draws, Part part) {
    return draws.stream()
        .flatMap(List::stream)
        .filter(change -> change.part() == part)
        .map(Change::amount)
        .toList();
  }

  @Test
  void factorsAndTurnsAreUniformInTheirRanges() {
    List<List<Change>> draws = draws(ALL);
    assertUniform(amounts(draws, Part.BRIGHTNESS), .6, 1.4);
    assertUniform(amounts(draws, Part.CONTRAST), 0, 3);
    assertUniform(amounts(draws, Part.SATURATION), .6, 1.4);
    assertUniform(amounts(draws, Part.HUE), -.1, .1);
  }

  private static void assertUniform(List<Double> drawn, double least, double greatest) {
    double range = greatest - least;
    assertThat(drawn).hasSize(DRAWS).allMatch(each -> each >= least && each <= greatest);
    assertThat(Collections.min(drawn)).isLessThan(least + .01 * range);
    assertThat(Collections.max(drawn)).isGreaterThan(greatest - .01 * range);
    // Five standard errors of the mean.
    assertThat(drawn.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
        .isCloseTo((least + greatest) / 2, within(5 * range / Math.sqrt(12. * DRAWS)));
  }

  @Test
  void everyOrderIsAsLikely() {
    List<List<Part>> orders =
        draws(ALL).stream().map(drawn -> drawn.stream().map(Change::part).toList()).toList();
    assertThat(orders.stream().distinct()).hasSize(24);
    // Five standard deviations of a frequency of 1/24.
    for (List<Part> order : Set.copyOf(orders)) {
      assertThat(Collections.frequency(orders, order) / (double) DRAWS)
          .isCloseTo(1 / 24., within(.0071));
    }
  }

  @Test
  void switchingOneOffLeavesTheOthersAsTheyWere() {
    assertThat(draws(new ColorJitter(.4, 0, .4, 0)))
        .isEqualTo(
            draws(ALL).stream()
                .map(
                    drawn ->
                        drawn.stream()
                            .filter(
                                change ->
                                    change.part() != Part.CONTRAST && change.part() != Part.HUE)
                            .toList())
                .toList());
    assertThat(ALL.isOn()).isTrue();
    assertThat(ColorJitter.NONE.isOn()).isFalse();
  }

  @Test
  void refusesExtentsThatMakeNoSense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ColorJitter(-.1, 0, 0, 0))
        .withMessage("Invalid color-jitter brightness: -0.1 (must be >= 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ColorJitter(0, 0, 0, .6))
        .withMessage("Invalid color-jitter hue: 0.6 (must be in [0, 0.5])");
  }
}
