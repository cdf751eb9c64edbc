package org.isonorm.data.source;

import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Locale;

/**
 * Turns rows of a decoded picture into RGB bytes by their samples alone. Java's own conversion
 * applies profiles, and takes grey samples for linear light and brightens them.
 */
abstract class RowOfSamples {
  private static final int CHANNELS = 3;

  /** Reads a row into RGB bytes. */
  abstract void read(Raster raster, int y, byte[] rgb);

  /**
   * The conversion of a kind of picture.
   *
   * @throws IOException with the end of a sentence, if there is none
   */
  static RowOfSamples of(ColorModel colours, Raster raster) throws IOException {
    if (colours instanceof IndexColorModel palette) {
      return new Palette(palette);
    }
    if (colours instanceof DirectColorModel packed) {
      return new Packed(packed);
    }
    int bits = colours.getComponentSize(0);
    int kind = colours.getColorSpace().getType();
    boolean isWhole =
        raster.getTransferType() == DataBuffer.TYPE_BYTE
            || raster.getTransferType() == DataBuffer.TYPE_USHORT;
    if (colours instanceof ComponentColorModel && isWhole) {
      if (kind == ColorSpace.TYPE_GRAY && bits <= Short.SIZE) {
        return new Samples(bits, raster.getNumBands(), new int[] {0, 0, 0});
      }
      if (kind == ColorSpace.TYPE_RGB && (bits == Byte.SIZE || bits == Short.SIZE)) {
        return new Samples(bits, raster.getNumBands(), new int[] {0, 1, 2});
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
      colours = new int[palette.getMapSize()];
      palette.getRGBs(colours);
    }

    @Override
    void read(Raster raster, int y, byte[] rgb) {
      if (row.length < raster.getWidth()) {
        row = new int[raster.getWidth()];
      }
      raster.getSamples(0, y, raster.getWidth(), 1, 0, row);
      for (int x = 0; x < raster.getWidth(); x++) {
        // Pillow takes a colour that the palette lacks for black.
        put(row[x] < colours.length ? colours[row[x]] : 0, x, rgb);
      }
    }
  }

  private static final class Packed extends RowOfSamples {
    private final DirectColorModel colours;

    Packed(DirectColorModel colours) {
      this.colours = colours;
    }

    @Override
    void read(Raster raster, int y, byte[] rgb) {
      Object pixel = null;
      for (int x = 0; x < raster.getWidth(); x++) {
        pixel = raster.getDataElements(x, y, pixel);
        put(colours.getRGB(pixel), x, rgb);
      }
    }
  }

  private static void put(int colour, int x, byte[] rgb) {
    rgb[3 * x] = (byte) (colour >> 16);
    rgb[3 * x + 1] = (byte) (colour >> 8);
    rgb[3 * x + 2] = (byte) colour;
  }

  /** Grey or colours, of which the high byte is kept. */
  private static final class Samples extends RowOfSamples {
    private final int bits;
    private final int bands;
    private final int[] bandOfChannel;
    private byte[] bytes;
    private short[] shorts;

    Samples(int bits, int bands, int[] bandOfChannel) {
      this.bits = bits;
      this.bands = bands;
      this.bandOfChannel = bandOfChannel;
    }

    @Override
    void read(Raster raster, int y, byte[] rgb) {
      int width = raster.getWidth();
      if (raster.getTransferType() == DataBuffer.TYPE_BYTE) {
        int scale = 255 / ((1 << bits) - 1);
        bytes = (byte[]) raster.getDataElements(0, y, width, 1, bytes);
        for (int channel = 0; channel < CHANNELS; channel++) {
          int band = bandOfChannel[channel];
          for (int x = 0; x < width; x++) {
            rgb[3 * x + channel] = (byte) (bytes[x * bands + band] * scale);
          }
        }
      } else {
        shorts = (short[]) raster.getDataElements(0, y, width, 1, shorts);
        for (int channel = 0; channel < CHANNELS; channel++) {
          int band = bandOfChannel[channel];
          for (int x = 0; x < width; x++) {
            rgb[3 * x + channel] = (byte) ((shorts[x * bands + band] & 0xffff) >> (bits - 8));
          }
        }
      }
    }
  }

  private static final class Inks extends RowOfSamples {
    private byte[] row;

    @Override
    void read(Raster raster, int y, byte[] rgb) {
      row = (byte[]) raster.getDataElements(0, y, raster.getWidth(), 1, row);
      for (int x = 0; x < raster.getWidth(); x++) {
        int light = 255 - (row[4 * x + 3] & 0xff);
        for (int channel = 0; channel < CHANNELS; channel++) {
          int left = 255 - (row[4 * x + channel] & 0xff);
          rgb[3 * x + channel] = (byte) Cmyk.product(left, light);
        }
      }
    }
  }
}
