package org.isonorm.data.shard;

import java.util.Locale;

/**
 * Resizing of images by a triangle filter: bilinear interpolation where an axis grows, and where it
 * shrinks a weighted mean over all of the pixels that a new one covers, so that nothing aliases.
 * The same as Pillow's {@code BILINEAR}, without its rounding between the two axes. Immutable.
 */
public final class Resampling {
  /** Along one axis: output i is Σ weights[i × taps + k] · input[starts[i] + k]. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Axis(int[] starts, float[] weights, int taps) {
    public static Axis of(int from, int to) {
      double scale = (double) from / to;
      double reach = Math.max(scale, 1);
      int taps = (int) Math.ceil(reach) * 2 + 1;
      int[] starts = new int[to];
      float[] weights = new float[to * taps];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        int start = Math.max((int) (centre - reach + 0.5), 0);
        int end = Math.min((int) (centre + reach + 0.5), from);
        double sum = 0;
        for (int k = start; k < end; k++) {
          sum += weight(k, centre, reach);
        }
        for (int k = start; k < end; k++) {
          weights[i * taps + k - start] = (float) (weight(k, centre, reach) / sum);
        }
        starts[i] = start;
      }
      return new Axis(starts, weights, taps);
    }

    private static double weight(int pixel, double centre, double reach) {
      return Math.max(1 - Math.abs((pixel + 0.5 - centre) / reach), 0);
    }
  }

  private final ImageShape from;
  private final ImageShape to;
  private final Axis rows;
  private final Axis columns;

  private Resampling(ImageShape from, ImageShape to) {
    this.from = from;
    this.to = to;
    this.rows = Axis.of(from.height(), to.height());
    this.columns = Axis.of(from.width(), to.width());
  }

  /** Resizes images of a shape to that height and width. */
  public static Resampling of(ImageShape from, int height, int width) {
    return new Resampling(from, new ImageShape(height, width, from.channels()));
  }

  /** The shape an image gets. */
  public ImageShape shape() {
    return to;
  }

  /** Values that {@link #resize(float[], int, float[], float[])} needs between its two passes. */
  public int scratchSize() {
    return from.height() * to.width() * from.channels();
  }

  /**
   * Resizes an image of floats, row-major HWC, from {@code offset} on.
   *
   * @param scratch of {@link #scratchSize()} floats
   * @param resized receives the values, from 0 on
   */
  public void resize(float[] image, int offset, float[] scratch, float[] resized) {
    int channels = from.channels();
    for (int row = 0; row < from.height(); row++) {
      int in = offset + row * from.width() * channels;
      int out = row * to.width() * channels;
      for (int column = 0; column < to.width(); column++) {
        int count = Math.min(columns.taps, from.width() - columns.starts[column]);
        for (int channel = 0; channel < channels; channel++) {
          float sum = 0;
          int at = in + columns.starts[column] * channels + channel;
          for (int k = 0; k < count; k++) {
            sum += columns.weights[column * columns.taps + k] * image[at + k * channels];
          }
          scratch[out + column * channels + channel] = sum;
        }
      }
    }
    int stride = to.width() * channels;
    for (int row = 0; row < to.height(); row++) {
      int count = Math.min(rows.taps, from.height() - rows.starts[row]);
      for (int i = 0; i < stride; i++) {
        float sum = 0;
        int at = rows.starts[row] * stride + i;
        for (int k = 0; k < count; k++) {
          sum += rows.weights[row * rows.taps + k] * scratch[at + k * stride];
        }
        resized[row * stride + i] = sum;
      }
    }
  }

  /** Resizes an image of unsigned bytes, row-major HWC, and rounds to the nearest level. */
  public byte[] resize(byte[] image) {
    RowByRow resized = rowByRow();
    byte[] row = new byte[from.width() * from.channels()];
    for (int y = 0; y < from.height(); y++) {
      System.arraycopy(image, y * row.length, row, 0, row.length);
      resized.accept(row);
    }
    return resized.levels();
  }

  /** Resizes an image of unsigned bytes that comes row by row and need not fit into memory. */
  public RowByRow rowByRow() {
    return new RowByRow();
  }

  /** The work of {@link #rowByRow}; adds in the same order as an image at once. */
  public final class RowByRow {
    private final int channels = from.channels();
    private final int stride = to.width() * channels;
    private final float[] resized = new float[to.size()];
    private final float[] narrowed = new float[stride];
    private int row;
    private int firstOpen;

    private RowByRow() {}

    /** Takes the next row, of the image's width times its channels. */
    public void accept(byte[] pixels) {
      narrow(pixels);
      for (int y = firstOpen; y < to.height() && rows.starts[y] <= row; y++) {
        int k = row - rows.starts[y];
        if (k >= rows.taps) {
          if (y == firstOpen) {
            firstOpen++;
          }
          continue;
        }
        float weight = rows.weights[y * rows.taps + k];
        if (weight != 0) {
          int out = y * stride;
          for (int i = 0; i < stride; i++) {
            resized[out + i] += weight * narrowed[i];
          }
        }
      }
      row++;
    }

    private void narrow(byte[] pixels) {
      for (int column = 0; column < to.width(); column++) {
        int count = Math.min(columns.taps, from.width() - columns.starts[column]);
        int weights = column * columns.taps;
        for (int channel = 0; channel < channels; channel++) {
          float sum = 0;
          int at = columns.starts[column] * channels + channel;
          for (int k = 0; k < count; k++) {
            sum += columns.weights[weights + k] * (pixels[at + k * channels] & 0xff);
          }
          narrowed[column * channels + channel] = sum;
        }
      }
    }

    /** The resized image, row-major HWC, when every row was taken. */
    public byte[] levels() {
      if (row != from.height()) {
        throw new IllegalStateException(
            String.format(Locale.ROOT, "Invalid image: %d rows (must be %d)", row, from.height()));
      }
      byte[] levels = new byte[to.size()];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = (byte) Math.min(Math.max((int) (resized[i] + 0.5f), 0), 255);
      }
      return levels;
    }
  }
}
