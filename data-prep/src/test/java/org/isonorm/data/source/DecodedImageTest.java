package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import org.isonorm.data.GoldenImages;
import org.isonorm.data.ImageFiles;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Resampling;
import org.junit.jupiter.api.Test;

class DecodedImageTest {
  /** JPEG at its default quality changes smooth colours by a few levels. */
  private static final int JPEG_LEVELS = 24;

  @Test
  void readsPngByteForByte() throws IOException {
    DecodedImage image = DecodedImage.decode(ImageFiles.png(5, 9, 3), "x.png");
    assertThat(image.shape()).isEqualTo(new ImageShape(5, 9, 3));
    assertThat(image.pixels()).isEqualTo(ImageFiles.pixels(5, 9, 3));
    ImageFileSettings nine = new ImageFileSettings(9, 0.5);
    assertThat(DecodedImage.decode(ImageFiles.png(5, 9, 3), "x.png", nine).shape())
        .isEqualTo(new ImageShape(9, 9, 3));
  }

  @Test
  void readsJpeg() throws IOException {
    byte[] file = ImageFiles.encode(ImageFiles.picture(16, 24, 3), "jpg");
    DecodedImage image = DecodedImage.decode(file, "x.jpg");
    assertThat(image.shape()).isEqualTo(new ImageShape(16, 24, 3));
    assertThat(GoldenImages.difference(image.pixels(), ImageFiles.pixels(16, 24, 3)))
        .isLessThanOrEqualTo(JPEG_LEVELS);
  }

  @Test
  void greyStaysAsDarkAsItIs() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
      BufferedImage grey = new BufferedImage(4, 4, type);
      int sample = type == BufferedImage.TYPE_BYTE_GRAY ? 100 : 100 << 8 | 31;
      for (int i = 0; i < 16; i++) {
        grey.getRaster().setSample(i % 4, Math.floorDiv(i, 4), 0, sample);
      }
      byte[] expected = new byte[16];
      Arrays.fill(expected, (byte) 100);
      DecodedImage image = DecodedImage.decode(ImageFiles.encode(grey, "png"), "grey.png");
      assertThat(image.shape()).isEqualTo(new ImageShape(4, 4, 1));
      assertThat(image.pixels()).isEqualTo(expected);
    }
  }

  @Test
  void dropsTransparency() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x40102030);
    image.setRGB(1, 0, 0xff405060);
    assertThat(DecodedImage.decode(ImageFiles.encode(image, "png"), "x.png").pixels())
        .containsExactly(0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
  }

  @Test
  void keepsTransparencyWhereItIsAskedForAndThere() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x40102030);
    image.setRGB(1, 0, 0xff405060);
    ImageFileSettings four = ImageFileSettings.DEFAULT.withChannels(ChannelChoice.FOUR);
    assertThat(DecodedImage.decode(ImageFiles.encode(image, "png"), "x.png", four).pixels())
        .containsExactly(0x10, 0x20, 0x30, 0x40, 0x40, 0x50, 0x60, 0xff);
    assertThatIOException()
        .isThrownBy(() -> four.prepareFirst(ImageFiles.png(1, 2, 0), "x.png"))
        .withMessage(
            "Cannot ingest image x.png: its channels are 3, of which 4 cannot be made (channels"
                + " auto keeps what there is)");
  }

  @Test
  void channelsAreConvertedAsByPillow() {
    byte[] colours = {(byte) 255, 0, 0, 9, 0, (byte) 255, 0, 9, 0, 0, (byte) 255, 9, 10, 20, 30, 9};
    DecodedImage image = new DecodedImage(new ImageShape(1, 4, 4), colours);
    // Image.frombytes("RGBA", (4, 1), colours).convert("L")
    assertThat(image.withChannels(1).pixels()).containsExactly(76, 150, 29, 18);
    assertThat(image.withChannels(3).pixels())
        .containsExactly(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
    assertThat(image.withChannels(1).withChannels(3).pixels())
        .containsExactly(76, 76, 76, 150, 150, 150, 29, 29, 29, 18, 18, 18);
    assertThat(image.canHave(2)).isFalse();
    assertThat(new DecodedImage(new ImageShape(1, 1, 2), new byte[2]).canHave(3)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> image.withChannels(2))
        .withMessage("Invalid channels: 2 (cannot be made of images of 4)");
  }

  @Test
  void anImageIsResizedToAnyRectangle() throws IOException {
    ImageFileSettings oblong = new ImageFileSettings(0, 0.5).withSize(ImageSize.parse("3x7"));
    byte[] png = ImageFiles.png(5, 9, 3);
    byte[] expected =
        Resampling.of(new ImageShape(5, 9, 3), 3, 7).resize(ImageFiles.pixels(5, 9, 3));
    DecodedImage image = DecodedImage.decode(png, "x.png", oblong);
    assertThat(image.shape()).isEqualTo(new ImageShape(3, 7, 3));
    assertThat(image.pixels()).isEqualTo(expected);
    assertThat(DecodedImage.decode(png, "x.png").resized(ImageSize.parse("3x7")).pixels())
        .isEqualTo(expected);
  }

  @Test
  void namesWhatItCannotRead() {
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(new byte[] {1, 2, 3}, "x.png"))
        .withMessage(
            "Cannot read image x.png: it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)");
    byte[] half = Arrays.copyOf(ImageFiles.png(50, 50, 1), 60);
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(half, "half.png"))
        .withMessageStartingWith("Cannot read image half.png: ");
  }
}
