package org.isonorm.spark.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.spark.run.ModelCard;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
  /** A card whose features are the levels themselves, divided by 255. */
  private static ModelCard card(int height, int width, int channels) {
    return new ModelCard(
        List.of("a", "b"),
        height,
        width,
        channels,
        java.util.Collections.nCopies(channels, 0.0),
        java.util.Collections.nCopies(channels, 1.0),
        height,
        width,
        ModelCard.TRIANGLE,
        ExifPolicy.UPRIGHT);
  }

  private static int[] levels(ModelCard card, RawImage image) throws IOException {
    Preprocessing preprocessing = new Preprocessing(card);
    float[] features = new float[preprocessing.size() + 2];
    preprocessing.fill(image, features, 1);
    assertThat(features[0]).isZero();
    assertThat(features[features.length - 1]).isZero();
    int[] levels = new int[preprocessing.size()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Math.round(255 * features[i + 1]);
    }
    return levels;
  }

  private static RawImage.Pixels pixels(ImageShape shape, int... levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return new RawImage.Pixels(bytes, shape, "it");
  }

  @Test
  void normalizesByTheCard() throws IOException {
    float[] features = new float[Models.CARD.shape().size()];
    int[] levels = new int[features.length];
    levels[0] = 255;
    levels[4] = 51;
    new Preprocessing(Models.CARD).fill(pixels(Models.CARD.shape(), levels), features, 0);
    assertThat(features[0]).isEqualTo((float) ((1 - 0.5) / 0.2));
    assertThat(features[4]).isEqualTo((float) ((0.2 - 0.25) / 0.3));
    assertThat(features[5]).isEqualTo((float) ((0 - 0.75) / 0.4));
  }

  @Test
  void filesOfAnotherSizeAreResizedAsByIngestion() throws IOException {
    byte[] file = Models.png(13, 7, 1);
    DecodedImage whole = DecodedImage.decode(file, "it");
    byte[] expected = Resampling.of(whole.shape(), 6, 6).resize(whole.pixels());
    assertThat(levels(card(6, 6, 3), new RawImage.Encoded(file, "it")))
        .containsExactly(unsigned(expected));
    byte[] oblong = Resampling.of(whole.shape(), 4, 5).resize(whole.pixels());
    assertThat(levels(card(4, 5, 3), new RawImage.Encoded(file, "it")))
        .containsExactly(unsigned(oblong));
    assertThat(levels(card(6, 6, 3), new RawImage.Pixels(whole.pixels(), whole.shape(), "decoded")))
        .containsExactly(unsigned(expected));
  }

  @Test
  void theMiddleIsTakenOfResizedImagesWhereTheCardSaysSo() throws IOException {
    byte[] file = Models.png(13, 7, 1);
    DecodedImage whole = DecodedImage.decode(file, "it");
    byte[] resized = Resampling.of(whole.shape(), 6, 8).resize(whole.pixels());
    ModelCard middle =
        new ModelCard(
            List.of("a", "b"),
            4,
            4,
            3,
            List.of(0., 0., 0.),
            List.of(1., 1., 1.),
            6,
            8,
            "triangle-center-crop",
            ExifPolicy.UPRIGHT);
    int[] seen = levels(middle, new RawImage.Encoded(file, "it"));
    for (int row = 0; row < 4; row++) {
      assertThat(Arrays.copyOfRange(seen, row * 12, (row + 1) * 12))
          .isEqualTo(
              Arrays.copyOfRange(
                  unsigned(resized), ((row + 1) * 8 + 2) * 3, ((row + 1) * 8 + 6) * 3));
    }
  }

  private static int[] unsigned(byte[] bytes) {
    int[] levels = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      levels[i] = bytes[i] & 0xff;
    }
    return levels;
  }

  @Test
  void coloursBecomeGreyAsByPillow() throws IOException {
    ImageShape rgb = new ImageShape(1, 4, 3);
    // Image.frombytes("RGB", (4, 1), ...).convert("L")
    assertThat(levels(card(1, 4, 1), pixels(rgb, 255, 0, 0, 0, 255, 0, 0, 0, 255, 201, 201, 201)))
        .containsExactly(76, 150, 29, 201);
    BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(0, 0, 0, 7);
    grey.getRaster().setSample(1, 0, 0, 99);
    RawImage file = new RawImage.Encoded(Models.encoded(grey), "it");
    assertThat(levels(card(1, 2, 1), file)).containsExactly(7, 99);
    assertThat(levels(card(1, 2, 3), file)).containsExactly(7, 7, 7, 99, 99, 99);
    assertThat(levels(card(1, 2, 3), pixels(new ImageShape(1, 2, 1), 3, 4)))
        .containsExactly(3, 3, 3, 4, 4, 4);
  }

  @Test
  void networksOfTwoAndFourChannelsTakeWhatHasThem() throws IOException {
    assertThat(levels(card(1, 1, 2), pixels(new ImageShape(1, 1, 2), 3, 4))).containsExactly(3, 4);
    RawImage four = pixels(new ImageShape(1, 1, 4), 1, 2, 3, 4);
    assertThat(levels(card(1, 1, 4), four)).containsExactly(1, 2, 3, 4);
    assertThat(levels(card(1, 1, 3), four)).containsExactly(1, 2, 3);
    BufferedImage clear = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    clear.setRGB(0, 0, 0x40102030);
    RawImage file = new RawImage.Encoded(Models.encoded(clear), "it");
    assertThat(levels(card(1, 1, 4), file)).containsExactly(0x10, 0x20, 0x30, 0x40);
    assertThat(levels(card(1, 1, 3), file)).containsExactly(0x10, 0x20, 0x30);
    assertThatThrownBy(() -> levels(card(1, 1, 4), new RawImage.Encoded(Models.png(1, 1, 1), "it")))
        .hasMessage("Cannot read image it: it has 3 channels, and the network's images 4");
    assertThatThrownBy(() -> levels(card(1, 1, 2), file))
        .hasMessage("Cannot read image it: it has 3 channels, and the network's images 2");
  }

  @Test
  void aColouredFileBecomesGreyBeforeItIsResized() throws IOException {
    byte[] file = Models.png(13, 7, 1);
    DecodedImage grey = DecodedImage.decode(file, "it").withChannels(1);
    byte[] expected = Resampling.of(grey.shape(), 4, 5).resize(grey.pixels());
    assertThat(levels(card(4, 5, 1), new RawImage.Encoded(file, "it")))
        .containsExactly(unsigned(expected));
  }

  @Test
  void imagesThatDoNotFitAreNamed() {
    assertThatThrownBy(() -> levels(card(1, 2, 3), pixels(new ImageShape(1, 2, 3), 1, 2)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot read image it: it has 2 bytes (must be 6");
    assertThatThrownBy(() -> levels(card(1, 1, 3), pixels(new ImageShape(1, 1, 5), 1, 2, 3, 4, 5)))
        .hasMessage("Cannot read image it: it has 5 channels, and the network's images 3");
    assertThatThrownBy(
            () -> levels(card(1, 1, 3), new RawImage.Encoded(new byte[] {1, 2}, "x.png")))
        .hasMessageStartingWith("Cannot read image x.png: it ");
  }
}
