package org.isonorm.data.source;

import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Turns rows of a decoded picture into bytes by their samples alone: one channel of a grey picture,
 * three of one in colours. Java's own conversion applies profiles, and takes grey samples for
 * linear light and brightens them.
 */
abstract class RowOfSamples {
  private static final int RGB = 3;

  /** The bands of a raster that the channels are taken from. */
  private static final int[] GREY = {0};

  private static final int[] GREY_ALPHA = {0, 0, 0, 1};
  private static final int[] COLOUR = {0, 1, 2};
  private static final int[] COLOUR_ALPHA = {0, 1, 2, 3};

  private final int channels;

  RowOfSamples(int channels) {
    this.channels = channels;
  }

  /** Bytes a pixel. */
  int channels() {
    return channels;
  }

  /** Reads a row into bytes. */
  abstract void read(Raster raster, int y, byte[] row);

  /**
   * The conversion of a kind of picture.
   *
   * @param alpha whether transparency becomes a fourth channel where there is any
   * @throws IOException with the end of a sentence, if there is none
   */
  static RowOfSamples of(ColorModel colours, Raster raster, boolean alpha) throws IOException {
    if (colours instanceof IndexColorModel palette) {
      return new Palette(palette);
    }
    boolean withAlpha = alpha && colours.hasAlpha();
    if (colours instanceof DirectColorModel packed) {
      return new Packed(packed, withAlpha);
    }
    int bits = colours.getComponentSize(0);
    int kind = colours.getColorSpace().getType();
    boolean isWhole =
        raster.getTransferType() == DataBuffer.TYPE_BYTE
            || raster.getTransferType() == DataBuffer.TYPE_USHORT;
    if (colours instanceof ComponentColorModel && isWhole) {
      if (kind == ColorSpace.TYPE_GRAY && bits <= Short.SIZE) {
        return new Samples(bits, raster.getNumBands(), withAlpha ? GREY_ALPHA : GREY);
      }
      if (kind == ColorSpace.TYPE_RGB && (bits == Byte.SIZE || bits == Short.SIZE)) {
        return new Samples(bits, raster.getNumBands(), withAlpha ? COLOUR_ALPHA : COLOUR);
      }
      if (kind == ColorSpace.TYPE_CMYK && bits == Byte.SIZE && raster.getNumBands() == 4) {
        return new Inks();
      }
    }
    throw new IOException(
        String.format(
            Locale.ROOT,
            "its samples are of a kind that is not read (%d bits, %d a pixel; save it as PNG)",
            bits,
            raster.getNumBands()));
  }

  private static final class Palette extends RowOfSamples {
    private final int[] colours;
    private int[] row = {};

    Palette(IndexColorModel palette) {
      this(colours(palette));
    }

    private Palette(int[] colours) {
      super(isGrey(colours) ? 1 : RGB);
      this.colours = colours;
    }

    private static int[] colours(IndexColorModel palette) {
      int[] colours = new int[palette.getMapSize()];
      palette.getRGBs(colours);
      return colours;
    }

    /** Formats without grey of their own, as GIF and BMP, have a palette of grey levels. */
    private static boolean isGrey(int[] colours) {
      return Arrays.stream(colours)
          .allMatch(
              colour ->
                  (colour & 0xff) == (colour >> 8 & 0xff)
                      && (colour & 0xff) == (colour >> 16 & 0xff));
    }

    @Override
    void read(Raster raster, int y, byte[] out) {
      if (row.length < raster.getWidth()) {
        row = new int[raster.getWidth()];
      }
      raster.getSamples(0, y, raster.getWidth(), 1, 0, row);
      for (int x = 0; x < raster.getWidth(); x++) {
        // Pillow takes a colour that the palette lacks for black.
        put(row[x] < colours.length ? colours[row[x]] : 0, x, out);
      }
    }
  }

  private static final class Packed extends RowOfSamples {
    private final DirectColorModel colours;

    Packed(DirectColorModel colours, boolean alpha) {
      super(alpha ? RGB + 1 : RGB);
      this.colours = colours;
    }

    @Override
    void read(Raster raster, int y, byte[] out) {
      Object pixel = null;
      for (int x = 0; x < raster.getWidth(); x++) {
        pixel = raster.getDataElements(x, y, pixel);
        put(colours.getRGB(pixel), x, out);
      }
    }
  }

  /**
   * Writes as many channels of a colour, which has blue in its lowest and alpha in its top bits.
   */
  final void put(int colour, int x, byte[] out) {
    int at = channels * x;
    if (channels == 1) {
      out[at] = (byte) colour;
      return;
    }
    out[at] = (byte) (colour >> 16);
    out[at + 1] = (byte) (colour >> 8);
    out[at + 2] = (byte) colour;
    if (channels > RGB) {
      out[at + RGB] = (byte) (colour >> 24);
    }
  }

  /** Grey or colours, of which the high byte is kept. */
  private static final class Samples extends RowOfSamples {
    private final int bits;
    private final int bands;
    private final int[] bandOfChannel;
    private byte[] bytes;
    private short[] shorts;

    Samples(int bits, int bands, int[] bandOfChannel) {
      super(bandOfChannel.length);
      this.bits = bits;
      this.bands = bands;
      this.bandOfChannel = bandOfChannel;
    }

    @Override
    void read(Raster raster, int y, byte[] out) {
      int width = raster.getWidth();
      int stride = bandOfChannel.length;
      if (raster.getTransferType() == DataBuffer.TYPE_BYTE) {
        int scale = 255 / ((1 << bits) - 1);
        bytes = (byte[]) raster.getDataElements(0, y, width, 1, bytes);
        for (int channel = 0; channel < stride; channel++) {
          int band = bandOfChannel[channel];
          for (int x = 0; x < width; x++) {
            out[stride * x + channel] = (byte) (bytes[x * bands + band] * scale);
          }
        }
      } else {
        shorts = (short[]) raster.getDataElements(0, y, width, 1, shorts);
        for (int channel = 0; channel < stride; channel++) {
          int band = bandOfChannel[channel];
          for (int x = 0; x < width; x++) {
            out[stride * x + channel] = (byte) ((shorts[x * bands + band] & 0xffff) >> (bits - 8));
          }
        }
      }
    }
  }

  private static final class Inks extends RowOfSamples {
    private byte[] row;

    Inks() {
      super(RGB);
    }

    @Override
    void read(Raster raster, int y, byte[] rgb) {
      row = (byte[]) raster.getDataElements(0, y, raster.getWidth(), 1, row);
      for (int x = 0; x < raster.getWidth(); x++) {
        int light = 255 - (row[4 * x + 3] & 0xff);
        for (int channel = 0; channel < RGB; channel++) {
          int left = 255 - (row[4 * x + channel] & 0xff);
          rgb[3 * x + channel] = (byte) Cmyk.product(left, light);
        }
      }
    }
  }
}
