package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.junit.jupiter.api.Test;

class PngRowsTest {
  /** Numbers of colour types, and samples that a pixel of each has. */
  private static final int[][] COLOURS = {{0, 1}, {2, 3}, {4, 2}, {6, 4}};

  private static final int GREY = 0;
  private static final int FILTERS = 5;

  @Test
  void givesTheSamplesThatJavasOwnReaderGives() throws IOException {
    for (int[] colours : COLOURS) {
      for (int filter = 0; filter <= FILTERS; filter++) {
        for (int[] size : new int[][] {{1, 1}, {7, 5}, {1, 9}, {40, 900}}) {
          byte[] file = png(size[0], size[1], colours[0], colours[1], filter);
          PngFile png = PngFile.parse(file);
          assertThat(PngRows.suits(png)).isTrue();
          byte[] samples = samplesByJava(file);
          for (boolean alpha : new boolean[] {true, false}) {
            assertThat(rows(png, alpha))
                .as("colours %d, filter %d, %d×%d", colours[0], filter, size[0], size[1])
                .isEqualTo(expected(samples, colours[1], alpha));
          }
        }
      }
    }
  }

  private static byte[] expected(byte[] samples, int bands, boolean alpha) {
    boolean isGrey = bands <= 2;
    boolean withAlpha = alpha && bands % 2 == 0;
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int at = 0; at < samples.length; at += bands) {
      for (int channel = 0; channel < (withAlpha || !isGrey ? 3 : 1); channel++) {
        expected.write(samples[isGrey ? at : at + channel]);
      }
      if (withAlpha) {
        expected.write(samples[at + bands - 1]);
      }
    }
    return expected.toByteArray();
  }

  private static byte[] samplesByJava(byte[] file) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(file)));
    Raster raster = reader.read(0).getRaster();
    reader.dispose();
    int[] samples = raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
    byte[] bytes = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      bytes[i] = (byte) samples[i];
    }
    return bytes;
  }

  private static byte[] rows(PngFile png, boolean alpha) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    PngRows.read(png, alpha, (row, channels) -> all.writeBytes(row));
    return all.toByteArray();
  }

  @Test
  void leavesOtherKindsToJavasOwnReader() throws IOException {
    assertThat(PngRows.suits(PngFile.parse(changed(24, 16)))).isFalse(); // bits
    assertThat(PngRows.suits(PngFile.parse(changed(25, 3)))).isFalse(); // palette
    assertThat(PngRows.suits(PngFile.parse(changed(26, 1)))).isFalse(); // compression
    assertThat(PngRows.suits(PngFile.parse(changed(27, 1)))).isFalse(); // filters
    assertThat(PngRows.suits(PngFile.parse(changed(28, 1)))).isFalse(); // interlaced
  }

  /** A file with another byte in its header. */
  private static byte[] changed(int at, int value) {
    byte[] file = png(3, 3, GREY, 1, 0);
    file[at] = (byte) value;
    CRC32 checksum = new CRC32();
    checksum.update(file, 12, 17);
    ByteBuffer.wrap(file).putInt(29, (int) checksum.getValue());
    return file;
  }

  @Test
  void saysWhatIsWrongWithPixels() {
    byte[] pixels = new byte[3 * 4];
    refuses(pixels(pixels, 11), "it ends in the middle of its pixels: it is cut off");
    pixels[4] = 9;
    refuses(pixels(pixels, 12), "it is damaged (a row has the filter 9)");
    refuses(new byte[] {1, 2, 3, 4}, "it is damaged (incorrect header check)");
  }

  private static void refuses(byte[] packed, String sentence) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    begin(file, 3, 3, GREY);
    chunk(file, "IDAT", packed, 0, packed.length);
    chunk(file, "IEND", packed, 0, 0);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> DecodedImage.decode(file.toByteArray(), "x.png"))
        .withMessage("Cannot read image x.png: " + sentence);
  }

  private static byte[] pixels(byte[] filtered, int bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(filtered, 0, bytes);
    deflater.finish();
    byte[] packed = new byte[2 * bytes + 64];
    byte[] exact = new byte[deflater.deflate(packed)];
    deflater.end();
    System.arraycopy(packed, 0, exact, 0, exact.length);
    return exact;
  }

  /** A file of random pixels whose rows have a filter, or each another one. */
  private static byte[] png(int width, int height, int colours, int bands, int filter) {
    SplittableRandom random = new SplittableRandom(width + 31L * height + colours);
    int line = width * bands;
    byte[] above = new byte[line];
    ByteArrayOutputStream filtered = new ByteArrayOutputStream();
    for (int y = 0; y < height; y++) {
      byte[] row = new byte[line];
      random.nextBytes(row);
      int kind = filter < FILTERS ? filter : y % FILTERS;
      filtered.write(kind);
      for (int i = 0; i < line; i++) {
        int left = i < bands ? 0 : row[i - bands] & 0xff;
        int corner = i < bands ? 0 : above[i - bands] & 0xff;
        filtered.write(row[i] - predicted(kind, left, above[i] & 0xff, corner));
      }
      above = row;
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    begin(file, width, height, colours);
    byte[] packed = pixels(filtered.toByteArray(), filtered.size());
    for (int at = 0; at < packed.length; at += 1000) {
      chunk(file, "IDAT", packed, at, Math.min(1000, packed.length - at));
    }
    chunk(file, "IEND", packed, 0, 0);
    return file.toByteArray();
  }

  private static int predicted(int filter, int left, int above, int corner) {
    int estimate = left + above - corner;
    return switch (filter) {
      case 1 -> left;
      case 2 -> above;
      case 3 -> (left + above) / 2;
      case 4 -> {
        int ofLeft = Math.abs(estimate - left);
        int ofAbove = Math.abs(estimate - above);
        int ofCorner = Math.abs(estimate - corner);
        yield ofLeft <= ofAbove && ofLeft <= ofCorner ? left : ofAbove <= ofCorner ? above : corner;
      }
      default -> 0;
    };
  }

  private static void begin(ByteArrayOutputStream file, int width, int height, int colours) {
    file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) Byte.SIZE)
            .put((byte) colours)
            .array();
    chunk(file, "IHDR", header, 0, header.length);
  }

  private static void chunk(
      ByteArrayOutputStream file, String type, byte[] data, int at, int bytes) {
    ByteBuffer chunk = ByteBuffer.allocate(bytes + 12).putInt(bytes);
    for (char letter : type.toCharArray()) {
      chunk.put((byte) letter);
    }
    chunk.put(data, at, bytes);
    CRC32 checksum = new CRC32();
    checksum.update(chunk.array(), 4, bytes + 4);
    file.writeBytes(chunk.putInt((int) checksum.getValue()).array());
  }
}
