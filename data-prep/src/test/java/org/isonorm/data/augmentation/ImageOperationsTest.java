package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.isonorm.data.GoldenImages;
import org.isonorm.data.augmentation.AutoAugment.Operation;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageOperationsTest {
  /** Pillow blends in float32, which may fall on the other side of a whole number. */
  private static final int GREY_LEVELS = 1;

  private static final ImageShape SHAPE = new ImageShape(2, 2, 3);

  @ParameterizedTest
  @CsvSource({"32, 32", "19, 13"})
  void agreesWithPillow(int width, int height) throws IOException {
    String name = "operations-%dx%d".formatted(width, height);
    BufferedImage golden = GoldenImages.read(name + ".png");
    ImageShape shape = new ImageShape(height, width, 3);
    AutoAugment autoAugment = new AutoAugment(shape);
    Set<Operation> seen = EnumSet.noneOf(Operation.class);
    List<String> rows = lines(name + ".csv");
    int images = golden.getWidth() / width;
    for (int row = 1; row < rows.size(); row++) {
      String[] cells = rows.get(row).split(",", -1);
      Operation operation = Operation.valueOf(cells[0]);
      seen.add(operation);
      for (int image = 0; image < images; image++) {
        byte[] from = GoldenImages.part(golden, image * width, 0, width, height);
        byte[] to = new byte[shape.size()];
        autoAugment.apply(operation, Integer.parseInt(cells[1]), cells[2].equals("-1"), from, to);
        byte[] expected = GoldenImages.part(golden, image * width, row * height, width, height);
        assertThat(GoldenImages.difference(to, expected))
            .as("%s of image %d", rows.get(row), image)
            .isLessThanOrEqualTo(GREY_LEVELS);
      }
    }
    assertThat(seen).containsExactly(Operation.values());
  }

  @Test
  void invertingTwiceIsTheIdentity() {
    byte[] image = {0, 1, 2, 127, (byte) 128, (byte) 255, 3, 4, 5, 6, 7, 8};
    byte[] inverted = image.clone();
    ImageOperations operations = new ImageOperations(SHAPE);
    operations.invert(inverted, inverted);
    assertThat(inverted).startsWith((byte) 255, (byte) 254);
    operations.invert(inverted, inverted);
    assertThat(inverted).isEqualTo(image);
  }

  @Test
  void anImageOfOneColourHasNoContrastToStretchOrSpread() {
    byte[] image = new byte[SHAPE.size()];
    Arrays.fill(image, (byte) 77);
    byte[] to = new byte[SHAPE.size()];
    ImageOperations operations = new ImageOperations(SHAPE);
    operations.autoContrast(image, to);
    assertThat(to).isEqualTo(image);
    operations.equalize(image, to);
    assertThat(to).isEqualTo(image);
    operations.contrast(image, to, 1.9);
    assertThat(to).isEqualTo(image);
  }

  @Test
  void whatComesFromOutsideIsGrey() {
    byte[] image = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    byte[] to = new byte[SHAPE.size()];
    new ImageOperations(SHAPE).translateX(image, to, 1);
    byte grey = (byte) 128;
    assertThat(to).containsExactly(4, 5, 6, grey, grey, grey, 10, 11, 12, grey, grey, grey);
  }

  @Test
  void needsColours() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageOperations(new ImageShape(32, 32, 1)))
        .withMessage(
            "Invalid auto-augment for images of 1 channel (must be 3, red, green and blue; switch"
                + " it off, or ingest the images with channels 3)");
  }

  private static List<String> lines(String name) throws IOException {
    try (InputStream in = ImageOperationsTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
