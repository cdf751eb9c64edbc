package org.isonorm.data.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The rows of a PNG file with eight bits a sample, no palette and no interlacing, as nearly all
 * photographs are stored. Java's own reader takes several times as long for a small picture, most
 * of it to set itself up, and begins again at the top for each strip of a large one.
 *
 * <p>Filters are those of the PNG specification (W3C, third edition, section 9).
 */
final class PngRows {
  /** Bytes that are unpacked at a time; a row at least. */
  private static final int CHUNK_BYTES = 1 << 16;

  /** Where chunks of a file begin, and a header's fields in it. */
  private static final int FIRST_CHUNK = 8;

  private static final int DEPTH = 24;
  private static final int COLOURS = 25;
  private static final int COMPRESSION = 26;
  private static final int FILTERING = 27;
  private static final int INTERLACING = 28;
  private static final int HEADER_BYTES = 13;
  private static final int HEADER = 0x49484452;
  private static final int DATA = 0x49444154;

  /** Bytes of a chunk's length and type, and with its checksum. */
  private static final int BEFORE_DATA = 8;

  private static final int AROUND_DATA = 12;

  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int GREY_ALPHA = 4;
  private static final int RGBA = 6;

  private final ByteBuffer chunks;
  private final int width;
  private final int height;
  private final int bands;
  private final int channels;
  private final Inflater inflater = new Inflater();

  /** The chunk that is unpacked next. */
  private int next;

  private PngRows(PngFile png, boolean alpha) {
    chunks = ByteBuffer.wrap(png.stream());
    width = png.width();
    height = png.height();
    bands = bands(chunks.get(COLOURS));
    boolean isGrey = bands <= 2;
    boolean isOpaque = bands % 2 == 1;
    channels = isOpaque || !alpha ? (isGrey ? 1 : 3) : 4;
    next = FIRST_CHUNK;
  }

  private static int bands(int colours) {
    return switch (colours) {
      case GREY -> 1;
      case GREY_ALPHA -> 2;
      case RGB -> 3;
      case RGBA -> 4;
      default -> 0;
    };
  }

  /** Whether a file is of the kind that this reads. */
  static boolean suits(PngFile png) {
    ByteBuffer chunks = ByteBuffer.wrap(png.stream());
    return chunks.getInt(FIRST_CHUNK) == HEADER_BYTES
        && chunks.getInt(FIRST_CHUNK + 4) == HEADER
        && chunks.getInt(FIRST_CHUNK + BEFORE_DATA) == png.width()
        && chunks.getInt(FIRST_CHUNK + AROUND_DATA) == png.height()
        && chunks.get(DEPTH) == Byte.SIZE
        && bands(chunks.get(COLOURS)) > 0
        && chunks.get(COMPRESSION) == 0
        && chunks.get(FILTERING) == 0
        && chunks.get(INTERLACING) == 0
        && png.width() < Integer.MAX_VALUE / 8;
  }

  /**
   * Reads a file that {@link #suits}: one channel of a grey picture, three of one in colours.
   *
   * @param alpha whether transparency becomes a fourth channel where there is any
   * @throws IOException with the end of a sentence or the inflater's words, if it is damaged
   */
  static void read(PngFile png, boolean alpha, ImageDecoder.Rows rows) throws IOException {
    PngRows reading = new PngRows(png, alpha);
    try {
      reading.into(rows);
    } catch (DataFormatException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      reading.inflater.end();
    }
  }

  private void into(ImageDecoder.Rows rows) throws IOException, DataFormatException {
    int line = 1 + width * bands;
    int lines = Math.min(height, Math.max(1, CHUNK_BYTES / line));
    // A row is told by its difference from the one above: a row of zeros at first.
    byte[] unpacked = new byte[Math.multiplyExact(line, lines + 1)];
    byte[] row = new byte[width * channels];
    for (int top = 0; top < height; top += lines) {
      int count = Math.min(lines, height - top);
      unpack(unpacked, line, count * line);
      for (int y = 1; y <= count; y++) {
        unfilter(unpacked, y * line + 1, line, bands);
        select(unpacked, y * line + 1, row);
        rows.accept(row, channels);
      }
      System.arraycopy(unpacked, count * line, unpacked, 0, line);
    }
  }

  private void unpack(byte[] into, int at, int bytes) throws IOException, DataFormatException {
    for (int done = 0; done < bytes; ) {
      int count = inflater.inflate(into, at + done, bytes - done);
      done += count;
      if (count == 0) {
        if (!inflater.needsInput() || !giveNext()) {
          throw new IOException("it ends in the middle of its pixels: it is cut off");
        }
      }
    }
  }

  /** Gives the inflater the next chunk of pixels; false after the last of them. */
  private boolean giveNext() {
    boolean isFirst = next == FIRST_CHUNK;
    while (next < chunks.limit()) {
      int bytes = chunks.getInt(next);
      int data = next + BEFORE_DATA;
      boolean isData = chunks.getInt(next + 4) == DATA;
      next += AROUND_DATA + bytes;
      if (isData) {
        inflater.setInput(chunks.array(), data, bytes);
        return true;
      } else if (!isFirst) {
        return false;
      }
    }
    return false;
  }

  /** Adds what a row's filter predicts, of the pixels on its left and above it. */
  private static void unfilter(byte[] rows, int at, int line, int bands) throws IOException {
    int end = at + line - 1;
    int inside = at + bands;
    switch (rows[at - 1]) {
      case 0 -> {
        // Stored as it is.
      }
      case 1 -> {
        for (int i = inside; i < end; i++) {
          rows[i] += rows[i - bands];
        }
      }
      case 2 -> {
        for (int i = at; i < end; i++) {
          rows[i] += rows[i - line];
        }
      }
      case 3 -> {
        for (int i = at; i < inside; i++) {
          rows[i] += (byte) ((rows[i - line] & 0xff) / 2);
        }
        for (int i = inside; i < end; i++) {
          rows[i] += (byte) (((rows[i - bands] & 0xff) + (rows[i - line] & 0xff)) / 2);
        }
      }
      case 4 -> {
        for (int i = at; i < inside; i++) {
          rows[i] += rows[i - line];
        }
        for (int i = inside; i < end; i++) {
          rows[i] +=
              (byte)
                  nearest(
                      rows[i - bands] & 0xff, rows[i - line] & 0xff, rows[i - line - bands] & 0xff);
        }
      }
      default ->
          throw new IOException(
              String.format(
                  Locale.ROOT, "it is damaged (a row has the filter %d)", rows[at - 1] & 0xff));
    }
  }

  /** Paeth's predictor: of the three the one nearest to left + above − corner. */
  private static int nearest(int left, int above, int corner) {
    int ofLeft = Math.abs(above - corner);
    int ofAbove = Math.abs(left - corner);
    int ofCorner = Math.abs(left + above - 2 * corner);
    if (ofLeft <= ofAbove && ofLeft <= ofCorner) {
      return left;
    }
    return ofAbove <= ofCorner ? above : corner;
  }

  private void select(byte[] unpacked, int at, byte[] row) {
    if (bands == channels) {
      System.arraycopy(unpacked, at, row, 0, row.length);
      return;
    }
    boolean isGrey = bands <= 2;
    for (int x = 0, in = at, out = 0; x < width; x++, in += bands, out += channels) {
      row[out] = unpacked[in];
      if (channels > 1) {
        row[out + 1] = unpacked[isGrey ? in : in + 1];
        row[out + 2] = unpacked[isGrey ? in : in + 2];
      }
      if (channels == 4) {
        row[out + 3] = unpacked[in + bands - 1];
      }
    }
  }
}
