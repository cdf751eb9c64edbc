package org.isonorm.data.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The header of a JPEG file, read as libjpeg reads it. Java's own reader guesses at colours that no
 * marker tells, and applies some profiles and fails on others; so it is given the file without the
 * markers of applications, and asked for the samples as they are stored.
 *
 * @param orientation how the camera was held, as {@link Exif} writes it; 0 if it is not said
 * @param stream the file without what applications added
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record JpegFile(int width, int height, Colours colours, int orientation, byte[] stream) {
  /** What the samples of a pixel are. */
  enum Colours {
    GREY(1),
    RGB(3),
    YCBCR(3),
    /** Inverted, as Adobe writes it and everybody since. */
    CMYK(4),
    YCCK(4);

    private final int components;

    Colours(int components) {
      this.components = components;
    }

    int components() {
      return components;
    }

    /** Of a pixel as light: grey, or red, green and blue. */
    int channels() {
      return this == GREY ? 1 : 3;
    }
  }

  private static final int END = 0xd9;
  private static final int SCAN = 0xda;
  private static final int COMMENT = 0xfe;
  private static final int APPLICATION_0 = 0xe0;
  private static final int APPLICATION_1 = 0xe1;
  private static final int APPLICATION_14 = 0xee;
  private static final int APPLICATION_15 = 0xef;

  /** Frames of the kinds that libjpeg reads: baseline, extended and progressive. */
  private static final int LAST_READ_FRAME = 0xc2;

  private static final String EXIF = "Exif\0\0";
  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

  /**
   * Reads the header.
   *
   * @throws IOException with the end of a sentence, if it has none that can be read
   */
  static JpegFile parse(byte[] file) throws IOException {
    return new Parser(file).parse();
  }

  private static final class Parser {
    private final byte[] file;
    private final ByteArrayOutputStream stream;
    private int frame = -1;
    private boolean jfif;
    private int adobe = -1;
    private int exif;
    private int xmp;

    Parser(byte[] file) {
      this.file = file;
      stream = new ByteArrayOutputStream(file.length);
    }

    JpegFile parse() throws IOException {
      stream.write(file, 0, 2);
      int at = 2;
      int marker = 0;
      while (marker != SCAN) {
        // As libjpeg does: whatever lies between two markers is skipped.
        while (at < file.length && file[at] != (byte) 0xff) {
          at++;
        }
        while (at < file.length && file[at] == (byte) 0xff) {
          at++;
        }
        if (at + 3 > file.length) {
          throw new IOException("it ends in the middle of its header");
        }
        marker = file[at++] & 0xff;
        if (marker <= 1 || marker >= 0xd0 && marker < END) {
          continue; // stand alone
        }
        int bytes = unsigned16(at);
        if (marker == END || bytes < 2 || at + bytes > file.length) {
          throw new IOException("it ends in the middle of its header");
        }
        segment(marker, at + 2, bytes - 2);
        if (marker != COMMENT && (marker < APPLICATION_0 || marker > APPLICATION_15)) {
          stream.write(0xff);
          stream.write(marker);
          stream.write(file, at, marker == SCAN ? file.length - at : bytes);
        }
        at += bytes;
      }
      if (frame < 0) {
        throw new IOException("it has no header of its picture");
      }
      int width = unsigned16(frame + 3);
      int height = unsigned16(frame + 1);
      if (width == 0 || height == 0) {
        throw new IOException(String.format(Locale.ROOT, "it has %d×%d pixels", width, height));
      }
      return new JpegFile(width, height, colours(), exif > 0 ? exif : xmp, stream.toByteArray());
    }

    private void segment(int marker, int at, int bytes) throws IOException {
      boolean isFrame =
          marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
      if (isFrame) {
        frame(marker, at, bytes);
      } else if (marker == APPLICATION_0) {
        jfif |= bytes >= 14 && starts(at, bytes, "JFIF\0");
      } else if (marker == APPLICATION_14 && bytes >= 12 && starts(at, bytes, "Adobe")) {
        adobe = file[at + 11] & 0xff;
      } else if (marker == APPLICATION_1 && exif == 0 && starts(at, bytes, EXIF)) {
        exif = Exif.orientation(file, at + EXIF.length(), bytes - EXIF.length());
      } else if (marker == APPLICATION_1 && xmp == 0 && starts(at, bytes, XMP)) {
        xmp = Exif.ofXmp(file, at, bytes);
      }
    }

    private void frame(int marker, int at, int bytes) throws IOException {
      if (frame >= 0 || bytes < 6 || bytes < 6 + 3 * (file[at + 5] & 0xff)) {
        throw new IOException("the header of its picture is damaged");
      }
      if (marker > LAST_READ_FRAME) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "it is a %s JPEG, which is not read (save it as baseline or progressive JPEG, or as PNG)",
                marker < 0xc8 ? "lossless or hierarchical" : "arithmetic-coded"));
      }
      if (file[at] != Byte.SIZE) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "it has %d bits a sample, which are not read (save it with 8 bits, or as PNG)",
                file[at]));
      }
      frame = at;
    }

    /** The rules of libjpeg, and so of everything that is built on it. */
    private Colours colours() throws IOException {
      int components = file[frame + 5] & 0xff;
      return switch (components) {
        case 1 -> Colours.GREY;
        case 3 -> {
          boolean isRgb = adobe >= 0 ? adobe == 0 : id(0) == 'R' && id(1) == 'G' && id(2) == 'B';
          yield isRgb && !jfif ? Colours.RGB : Colours.YCBCR;
        }
        case 4 -> adobe > 0 ? Colours.YCCK : Colours.CMYK;
        default ->
            throw new IOException(
                String.format(
                    Locale.ROOT, "it has %d components a pixel (must be 1, 3 or 4)", components));
      };
    }

    private int id(int component) {
      return file[frame + 6 + 3 * component];
    }

    private boolean starts(int at, int bytes, String start) {
      return bytes >= start.length()
          && new String(file, at, start.length(), StandardCharsets.ISO_8859_1).equals(start);
    }

    private int unsigned16(int at) {
      return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
    }
  }

  /**
   * Turns a row of samples into grey levels or RGB, with libjpeg's own numbers for Y, Cb and Cr and
   * Pillow's for cyan, magenta, yellow and black.
   */
  void toLight(byte[] samples, byte[] rgb) {
    switch (colours) {
      case GREY -> System.arraycopy(samples, 0, rgb, 0, width);
      case RGB -> System.arraycopy(samples, 0, rgb, 0, 3 * width);
      case YCBCR -> {
        for (int x = 0; x < width; x++) {
          fromYcbcr(samples, 3 * x, rgb, 3 * x);
        }
      }
      case CMYK, YCCK -> {
        for (int x = 0; x < width; x++) {
          int black = samples[4 * x + 3] & 0xff;
          if (colours == Colours.YCCK) {
            fromYcbcr(samples, 4 * x, rgb, 3 * x);
          }
          for (int channel = 0; channel < 3; channel++) {
            int ink =
                colours == Colours.YCCK
                    ? 255 - (rgb[3 * x + channel] & 0xff)
                    : samples[4 * x + channel] & 0xff;
            rgb[3 * x + channel] = (byte) Cmyk.product(ink, black);
          }
        }
      }
    }
  }

  private static final int[] RED_OF_CR = new int[256];
  private static final int[] BLUE_OF_CB = new int[256];
  private static final int[] GREEN_OF_CR = new int[256];
  private static final int[] GREEN_OF_CB = new int[256];

  static {
    int half = 1 << 15;
    for (int i = 0; i < 256; i++) {
      // 1.402, 1.772, 0.71414 and 0.34414 in 16 bits behind the point, as in libjpeg's jdcolor.c.
      RED_OF_CR[i] = (91_881 * (i - 128) + half) >> 16;
      BLUE_OF_CB[i] = (116_130 * (i - 128) + half) >> 16;
      GREEN_OF_CR[i] = -46_802 * (i - 128);
      GREEN_OF_CB[i] = -22_554 * (i - 128) + half;
    }
  }

  private static void fromYcbcr(byte[] samples, int in, byte[] rgb, int out) {
    int y = samples[in] & 0xff;
    int cb = samples[in + 1] & 0xff;
    int cr = samples[in + 2] & 0xff;
    rgb[out] = clamp(y + RED_OF_CR[cr]);
    rgb[out + 1] = clamp(y + ((GREEN_OF_CB[cb] + GREEN_OF_CR[cr]) >> 16));
    rgb[out + 2] = clamp(y + BLUE_OF_CB[cb]);
  }

  private static byte clamp(int level) {
    return (byte) Math.min(Math.max(level, 0), 255);
  }
}
