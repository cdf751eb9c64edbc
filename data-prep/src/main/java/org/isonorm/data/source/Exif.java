package org.isonorm.data.source;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a camera was held: the orientation, 1 to 8, that EXIF, TIFF and XMP write alike. */
final class Exif {
  /** The first row is the top and the first column the left side. */
  static final int UPRIGHT = 1;

  /** How some begin a block, as in a JPEG file. */
  private static final byte[] JPEG_MARKER = {'E', 'x', 'i', 'f', 0, 0};

  private static final int TAG = 0x112;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int ENTRY_BYTES = 12;

  private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:\\s*=\\s*[\"']|>)([1-8])");

  private Exif() {}

  /**
   * The orientation of a block of EXIF, which is laid out as a TIFF file; 0 where it has none, or
   * is broken, as other readers take it.
   */
  static int orientation(byte[] file, int at, int bytes) {
    ByteBuffer block = ByteBuffer.wrap(file, at, bytes).slice();
    if (block.remaining() < 8) {
      return 0;
    }
    block.order(block.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = Integer.toUnsignedLong(block.getInt(4));
    if (directory + 2 > block.limit()) {
      return 0;
    }
    int entries = Short.toUnsignedInt(block.getShort((int) directory));
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2 + (long) i * ENTRY_BYTES;
      if (entry + ENTRY_BYTES > block.limit()) {
        return 0;
      }
      if (Short.toUnsignedInt(block.getShort((int) entry)) == TAG) {
        int type = block.getShort((int) entry + 2);
        long value =
            switch (type) {
              case SHORT -> block.getShort((int) entry + 8);
              case LONG -> block.getInt((int) entry + 8);
              default -> 0;
            };
        return value >= UPRIGHT && value <= 8 ? (int) value : 0;
      }
    }
    return 0;
  }

  /**
   * The orientation in EXIF that is written as text: an empty line, a name, a length, and the bytes
   * in hexadecimal digits; 0 where it has none, or is broken.
   */
  static int ofRawProfile(String text) {
    String digits = text.lines().skip(3).collect(Collectors.joining()).replaceAll("\\s", "");
    byte[] block;
    try {
      block = HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      return 0;
    }
    int start = JPEG_MARKER.length;
    boolean hasMarker =
        Arrays.equals(block, 0, Math.min(block.length, start), JPEG_MARKER, 0, start);
    return orientation(block, hasMarker ? start : 0, block.length - (hasMarker ? start : 0));
  }

  /** The orientation in a packet of XMP; 0 where it has none. */
  static int ofXmp(byte[] file, int at, int bytes) {
    Matcher matcher = XMP.matcher(new String(file, at, bytes, StandardCharsets.ISO_8859_1));
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Whether rows and columns change places. */
  static boolean isTransposed(int orientation) {
    return orientation > 4;
  }

  /**
   * Turns an image upright.
   *
   * @param pixels row-major HWC as stored in the file
   */
  static byte[] upright(byte[] pixels, int height, int width, int orientation) {
    if (orientation <= UPRIGHT) {
      return pixels;
    }
    int channels = pixels.length / height / width;
    int toHeight = isTransposed(orientation) ? width : height;
    int toWidth = isTransposed(orientation) ? height : width;
    byte[] turned = new byte[pixels.length];
    int out = 0;
    for (int y = 0; y < toHeight; y++) {
      for (int x = 0; x < toWidth; x++) {
        int row =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> height - 1 - y;
              case 5, 8 -> x;
              default -> height - 1 - x;
            };
        int column =
            switch (orientation) {
              case 2, 3 -> width - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> width - 1 - y;
            };
        int in = (row * width + column) * channels;
        for (int channel = 0; channel < channels; channel++) {
          turned[out++] = pixels[in + channel];
        }
      }
    }
    return turned;
  }
}
