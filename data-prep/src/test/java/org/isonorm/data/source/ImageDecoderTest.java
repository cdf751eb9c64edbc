package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.isonorm.data.ImageFiles;
import org.isonorm.data.Mutations;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Resampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pixels of many encodings beside Pillow's, and files that are broken. */
class ImageDecoderTest {
  /** Decoders of JPEG may differ by a level where they round; a wrong colour is tens off. */
  private static final double LEVELS = 2;

  private static final ImageFileSettings COLOURS =
      ImageFileSettings.DEFAULT.withChannels(ChannelChoice.THREE);

  /** Those that Pillow opens as grey. */
  private static final Set<String> GREY =
      Set.of(
          "progl.jpg",
          "grey.jpg",
          "grey.png",
          "la.png",
          "bit.png",
          "16grey.png",
          "l.bmp",
          "l.tif",
          "bit.tif",
          "wiz.tif",
          "i16.tif");

  /** A picture as src/test/python/make_encodings.py wrote it with Pillow. */
  record Encoding(String name, ImageShape shape, byte[] file, byte[] pixels) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Encoding> encodings() {
    try (InputStream in = ImageDecoderTest.class.getResourceAsStream("encodings.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .map(line -> line.split(";", -1))
          .map(
              fields ->
                  new Encoding(
                      fields[0],
                      new ImageShape(Integer.parseInt(fields[2]), Integer.parseInt(fields[1]), 3),
                      Base64.getDecoder().decode(fields[3]),
                      Base64.getDecoder().decode(fields[4])))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Encoding encoding(String name) {
    return encodings().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  static Stream<Encoding> read() {
    return encodings().stream().filter(encoding -> !encoding.name().equals("anim.webp"));
  }

  @ParameterizedTest
  @MethodSource("read")
  void everyEncodingHasPillowsPixels(Encoding encoding) throws IOException {
    DecodedImage image = DecodedImage.decode(encoding.file(), encoding.name(), COLOURS);
    assertThat(image.shape()).isEqualTo(encoding.shape());
    long sum = 0;
    for (int i = 0; i < encoding.pixels().length; i++) {
      sum += Math.abs((encoding.pixels()[i] & 0xff) - (image.pixels()[i] & 0xff));
    }
    assertThat((double) sum / encoding.pixels().length).isLessThanOrEqualTo(LEVELS);
  }

  @ParameterizedTest
  @MethodSource("read")
  void greyFilesHaveOneChannelAndColoursBecomeGreyWhenAsked(Encoding encoding) throws IOException {
    DecodedImage colours = DecodedImage.decode(encoding.file(), encoding.name(), COLOURS);
    DecodedImage own = DecodedImage.decode(encoding.file(), encoding.name());
    assertThat(own.shape().channels()).isEqualTo(GREY.contains(encoding.name()) ? 1 : 3);
    assertThat(own.withChannels(3).pixels()).isEqualTo(colours.pixels());
    ImageFileSettings one = ImageFileSettings.DEFAULT.withChannels(ChannelChoice.ONE);
    assertThat(DecodedImage.decode(encoding.file(), encoding.name(), one).pixels())
        .isEqualTo(colours.withChannels(1).pixels());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgba.png", "la.png", "16a.png", "alpha.webp", "rgba.tif"})
  void transparencyIsAFourthChannelThatChangesNoOther(String name) throws IOException {
    byte[] file = encoding(name).file();
    ImageFileSettings four = ImageFileSettings.DEFAULT.withChannels(ChannelChoice.FOUR);
    DecodedImage image = DecodedImage.decode(file, name, four);
    assertThat(image.shape()).isEqualTo(new ImageShape(7, 11, 4));
    assertThat(image.withChannels(3).pixels())
        .isEqualTo(DecodedImage.decode(file, name, COLOURS).pixels());
    // A gradient from the top, clear, to the bottom.
    byte[] pixels = image.pixels();
    for (int row = 1; row < 7; row++) {
      assertThat(pixels[row * 44 + 3] & 0xff).isGreaterThan(pixels[(row - 1) * 44 + 3] & 0xff);
      assertThat(pixels[row * 44 + 43]).isEqualTo(pixels[row * 44 + 3]);
    }
  }

  @Test
  void aTurnedImageIsResizedToTheRectangleAsItStands() throws IOException {
    ImageFileSettings oblong = ImageFileSettings.DEFAULT.withSize(ImageSize.parse("4x9"));
    for (int orientation : new int[] {1, 6}) {
      byte[] file = encoding("exif%d.jpg".formatted(orientation)).file();
      DecodedImage whole = DecodedImage.decode(file, "x");
      DecodedImage small = DecodedImage.decode(file, "x", oblong);
      assertThat(small.shape()).isEqualTo(new ImageShape(4, 9, 3));
      byte[] expected = whole.resized(ImageSize.parse("4x9")).pixels();
      for (int i = 0; i < expected.length; i++) {
        // The two axes are summed in the other order.
        assertThat(Math.abs((expected[i] & 0xff) - (small.pixels()[i] & 0xff)))
            .isLessThanOrEqualTo(1);
      }
    }
  }

  @Test
  void theOrientationIsTakenOrLeft() throws IOException {
    byte[] upright = DecodedImage.decode(encoding("exif1.jpg").file(), "1").pixels();
    for (int orientation = 2; orientation <= 8; orientation++) {
      byte[] file = encoding("exif%d.jpg".formatted(orientation)).file();
      DecodedImage turned = DecodedImage.decode(file, "turned");
      DecodedImage left =
          DecodedImage.decode(file, "left", ImageFileSettings.DEFAULT.withUpright(false));
      assertThat(left.shape()).isEqualTo(new ImageShape(7, 11, 3));
      assertThat(left.pixels()).isEqualTo(upright);
      assertThat(turned.pixels()).isNotEqualTo(upright);
      assertThat(turned.shape().height()).isEqualTo(orientation > 4 ? 11 : 7);
    }
  }

  @Test
  void orientationOfXmpCountsWhereExifHasNone() {
    byte[] xmp = "<x tiff:Orientation=\"6\"/>".getBytes(StandardCharsets.US_ASCII);
    assertThat(Exif.ofXmp(xmp, 0, xmp.length)).isEqualTo(6);
    byte[] element = "<tiff:Orientation>3</tiff:Orientation>".getBytes(StandardCharsets.US_ASCII);
    assertThat(Exif.ofXmp(element, 0, element.length)).isEqualTo(3);
    assertThat(Exif.ofXmp(element, 0, 10)).isZero();
  }

  @Test
  void anOrientationInTextMayBeBroken() {
    String exif = "4d4d002a00000008000101120003000000010006000000000000";
    assertThat(Exif.ofRawProfile("\nexif\n      26\n" + exif)).isEqualTo(6);
    assertThat(Exif.ofRawProfile("\nexif\n      26\n" + exif.substring(0, 25))).isZero();
    assertThat(Exif.ofRawProfile("\nexif\n      26\n" + exif.substring(0, 40))).isZero();
    assertThat(Exif.ofRawProfile("\nexif\n")).isZero();
  }

  /** A picture that compresses badly, so that its scan is long. */
  private static BufferedImage noise(int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < height * width; i++) {
      image.setRGB(i % width, Math.floorDiv(i, width), random.nextInt(1 << 24));
    }
    return image;
  }

  private static byte[] progressive(BufferedImage image) throws IOException {
    ImageWriter writer =
        ImageIO.getImageWriters(ImageTypeSpecifier.createFromRenderedImage(image), "jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "progressive", "png", "gif", "bmp", "tif", "webp"})
  void halfAFileIsRefusedByName(String format) throws IOException {
    byte[] whole =
        switch (format) {
          case "progressive" -> progressive(noise(64, 48));
          case "webp" -> encoding("lossless.webp").file();
          default -> ImageFiles.encode(noise(64, 48), format);
        };
    assertThat(DecodedImage.decode(whole, "whole").pixels()).isNotEmpty();
    for (int percent : new int[] {15, 30, 50, 75, 90, 97}) {
      byte[] part = Arrays.copyOf(whole, whole.length * percent / 100);
      assertThatIOException()
          .isThrownBy(() -> DecodedImage.decode(part, "part." + format))
          .withMessageStartingWith("Cannot read image part.%s: it ", format);
    }
  }

  @Test
  void bytesThatAreLostOrChangedInAJpegAreRefused() throws IOException {
    byte[] whole = ImageFiles.encode(noise(64, 48), "jpg");
    byte[] lost = new byte[whole.length - 300];
    System.arraycopy(whole, 0, lost, 0, 1_200);
    System.arraycopy(whole, 1_500, lost, 1_200, whole.length - 1_500);
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(lost, "lost.jpg"))
        .withMessageStartingWith("Cannot read image lost.jpg: it is damaged (");
  }

  @Test
  void aCamerasFillingBeforeTheEndIsNoDamage() throws IOException {
    byte[] whole = ImageFiles.encode(noise(16, 16), "jpg");
    byte[] filled = Arrays.copyOf(whole, whole.length + 20);
    Arrays.fill(filled, whole.length - 2, whole.length + 18, (byte) 0);
    filled[filled.length - 2] = (byte) 0xff;
    filled[filled.length - 1] = (byte) 0xd9;
    assertThat(DecodedImage.decode(filled, "filled.jpg").pixels())
        .isEqualTo(DecodedImage.decode(whole, "whole.jpg").pixels());
  }

  @Test
  void aChangedByteOfAPngIsRefused() {
    byte[] png = ImageFiles.png(20, 20, 1);
    png[60] ^= 1;
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(png, "x.png"))
        .withMessage("Cannot read image x.png: its chunk IDAT has a wrong checksum: it is damaged");
  }

  @Test
  void whatIsNotReadIsNamedWithTheRemedy() {
    record Case(String start, String words) {}
    for (Case one :
        List.of(
            new Case("", "it is empty"),
            new Case(
                "\0\0\0\040ftypavif\0\0",
                "it is AVIF, which is not read (convert it, as in: avifdec image.avif image.png)"),
            new Case(
                "\0\0\0\030ftypheic\0\0",
                "it is HEIC, which is not read (convert it, as in: heif-convert image.heic image.png)"),
            new Case(
                "version https://git-lfs.github.com/spec/v1",
                "it is a pointer of Git LFS, not the image (get the images with: git lfs pull)"),
            new Case(
                "<!DOCTYPE html>",
                "it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)"))) {
      byte[] file = one.start().getBytes(StandardCharsets.ISO_8859_1);
      assertThatIOException()
          .isThrownBy(() -> DecodedImage.decode(file, "x"))
          .withMessage("Cannot read image x: " + one.words());
    }
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(encoding("anim.webp").file(), "x"))
        .withMessageStartingWith("Cannot read image x: it is an animation (take a frame");
  }

  @Test
  void aLimitOfPixelsHoldsForEveryFormat() throws IOException {
    ImageFileSettings few =
        new ImageFileSettings(8, 0.5).withChannels(ChannelChoice.THREE).withMaxPixels(76);
    for (Encoding encoding : encodings()) {
      if (!encoding.name().equals("anim.webp")) {
        assertThatIOException()
            .isThrownBy(() -> DecodedImage.decode(encoding.file(), "x", few))
            .withMessage(
                "Cannot read image x: it has 11×7 pixels (must be at most 76 in all; raise"
                    + " max-pixels if you trust it)");
        assertThat(DecodedImage.decode(encoding.file(), "x", few.withMaxPixels(77)).shape())
            .isEqualTo(new ImageShape(8, 8, 3));
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> few.withMaxPixels(0))
        .withMessage("Invalid max-pixels: 0 (must be > 0)");
  }

  private static Optional<byte[]> inOneScan(byte[] jpeg) throws IOException {
    return ProgressiveJpeg.inOneScan(JpegFile.parse(jpeg).stream(), 1 << 20);
  }

  @Test
  void aSoundProgressiveJpegIsReadInOneScan() throws IOException {
    for (Encoding encoding : encodings()) {
      if (encoding.name().endsWith(".jpg")) {
        assertThat(inOneScan(encoding.file()).isPresent())
            .as(encoding.name())
            .isEqualTo(encoding.name().startsWith("prog"));
      }
    }
    byte[] whole = progressive(noise(101, 67));
    assertThat(inOneScan(whole)).isPresent();
    assertThat(ProgressiveJpeg.inOneScan(JpegFile.parse(whole).stream(), 1 << 10)).isEmpty();
  }

  /** The pixels by one scan, or by all scans; none of a file that is refused. */
  private static Optional<ByteBuffer> pixels(byte[] file, boolean oneScan) {
    ImageFileSettings few = ImageFileSettings.DEFAULT.withMaxPixels(8_000);
    try {
      // Where no memory is left for coefficients, the reader of Java reads all scans.
      long bytes = oneScan ? 1 << 20 : 1;
      return Optional.of(ByteBuffer.wrap(ImageDecoder.decode(file, few, bytes).pixels()));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  @Test
  void aDamagedProgressiveJpegIsReadOrRefusedAsByAllOfItsScans() throws IOException {
    byte[] whole = progressive(noise(31, 33));
    SplittableRandom random = new SplittableRandom(5);
    int read = 0;
    for (int i = 0; i < 300; i++) {
      byte[] damaged = Mutations.of(whole, random);
      Optional<ByteBuffer> pixels = pixels(damaged, true);
      assertThat(pixels).as("damage %d", i).isEqualTo(pixels(damaged, false));
      read += pixels.isPresent() ? 1 : 0;
    }
    assertThat(read).isBetween(1, 299);
  }

  @Test
  void aProgressiveJpegWithoutItsLastScanIsLeftToTheReaderThatGuesses() throws IOException {
    byte[] whole = progressive(noise(33, 50));
    int lastScan = whole.length - 3;
    while (whole[lastScan] != (byte) 0xff || whole[lastScan + 1] != (byte) 0xda) {
      lastScan--;
    }
    // The scan's own Huffman table may stay: it is followed by the end of the picture.
    byte[] less = Arrays.copyOf(whole, lastScan + 2);
    less[lastScan + 1] = (byte) 0xd9;
    assertThat(inOneScan(less)).isEmpty();
    assertThat(DecodedImage.decode(less, "less").pixels())
        .isNotEqualTo(DecodedImage.decode(whole, "whole").pixels());
  }

  /** In strips a progressive JPEG is read by all of its scans, at once in one. */
  @ParameterizedTest
  @ValueSource(strings = {"jpg", "progressive", "png"})
  void stripsChangeNothing(String format) throws IOException {
    byte[] file =
        format.equals("progressive")
            ? progressive(noise(101, 67))
            : ImageFiles.encode(noise(101, 67), format);
    for (int size : new int[] {0, 13, 150}) {
      ImageFileSettings settings = new ImageFileSettings(size, 0.5);
      byte[] whole = ImageDecoder.decode(file, settings, Integer.MAX_VALUE).pixels();
      assertThat(ImageDecoder.decode(file, settings, 67L * 3 * 23).pixels()).isEqualTo(whole);
      assertThat(ImageDecoder.decode(file, settings, 1).pixels()).isEqualTo(whole);
    }
    ImageFileSettings plain = ImageFileSettings.DEFAULT;
    assertThat(ImageDecoder.decode(file, new ImageFileSettings(13, 0.5)).pixels())
        .isEqualTo(
            Resampling.of(new ImageShape(101, 67, 3), 13, 13)
                .resize(ImageDecoder.decode(file, plain).pixels()));
  }
}
