package org.isonorm.network.kernel.onednn;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Mean and variance of every channel of a batch in one pass, to the last digit of a float. oneDNN's
 * own sums in float32 over the 131,072 pixels of a batch are off by some 3e-5, a hundred times as
 * much: the rounding errors of a long sum add up.
 *
 * <p>Successive pixels are taken as one row of many columns. A float takes the sum of a few rows
 * only, and what it took is added up in double precision. Squares are of differences to a mean over
 * a few pixels from all over the batch, so that little cancels in variance = mean square − square
 * of the mean.
 */
public final class ChannelStatistics {
  /** Rows that are added up in float32. */
  private static final int SUMMANDS = 32;

  /** Pixels whose mean the differences are to. */
  private static final int SAMPLES = 16;

  /** Elements below which a second thread costs more than it saves. */
  private static final int SHARE = 1 << 16;

  private final int channels;
  private final int pixels;
  private final int columns;
  private final int rows;
  private final DifferenceSums differences;
  private final Part[] parts;
  private final float[] center;

  /** Sums over rows, column by column. */
  public interface DifferenceSums {
    /** How many columns a row of so many channels should have, a multiple of the channels. */
    int columns(int channels);

    /**
     * Writes the sums of value − center and of its square over some rows, in float32.
     *
     * @param values float32 in the processor's order
     * @param first byte where the first row begins
     */
    void write(
        ByteBuffer values, int first, int rows, float[] center, float[] sums, float[] squares);
  }

  /**
   * Statistics of batches of a shape, in float32.
   *
   * @param threads how many share the work if it is much
   */
  public ChannelStatistics(BatchNormalizationShape shape, DifferenceSums differences, int threads) {
    channels = shape.channels();
    pixels = Math.toIntExact(shape.rows());
    this.differences = differences;
    columns = differences.columns(channels);
    int length = Math.multiplyExact(pixels, channels);
    rows = length / columns;
    parts = new Part[Math.max(1, Math.min(threads, length / SHARE))];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new Part();
    }
    center = new float[columns];
  }

  /** Whether a batch is short enough to be addressed by this. */
  public static boolean supports(BatchNormalizationShape shape) {
    return shape.length() * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Writes the mean and the biased variance of every channel of [batch, height, width, channels].
   */
  void write(INDArray input, INDArray mean, INDArray variance) {
    long length = (long) pixels * channels;
    FloatBuffer values = HostMemory.buffer(input, length);
    ByteBuffer bytes =
        HostMemory.bytes(HostMemory.address(input, length), length * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    center(values);
    SharedWork.run(parts.length, share -> parts[share.index()].add(bytes, share));
    parts[0].addRest(values);
    Reference.reachabilityFence(input);
    float[] means = new float[channels];
    float[] variances = new float[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      double squares = 0;
      for (Part part : parts) {
        sum += part.sums[c];
        squares += part.squares[c];
      }
      double offset = sum / pixels;
      double spread = squares / pixels - offset * offset;
      means[c] = (float) (center[c] + offset);
      variances[c] = (float) (spread < 0 ? 0 : spread); // NaN stays.
    }
    HostMemory.buffer(mean, channels).put(means);
    HostMemory.buffer(variance, channels).put(variances);
    Reference.reachabilityFence(new INDArray[] {mean, variance});
  }

  private void center(FloatBuffer values) {
    int samples = Math.min(SAMPLES, pixels);
    double[] sums = new double[channels];
    for (int sample = 0; sample < samples; sample++) {
      int first = (int) ((long) pixels * sample / samples) * channels;
      for (int c = 0; c < channels; c++) {
        sums[c] += values.get(first + c);
      }
    }
    for (int c = 0; c < channels; c++) {
      center[c] = (float) (sums[c] / samples);
    }
    for (int from = channels; from < columns; from += channels) {
      System.arraycopy(center, 0, center, from, channels);
    }
  }

  /** What one thread adds up. */
  private final class Part {
    private final float[] columnSums = new float[columns];
    private final float[] columnSquares = new float[columns];
    private final double[] sums = new double[channels];
    private final double[] squares = new double[channels];

    void add(ByteBuffer values, SharedWork.Share share) {
      Arrays.fill(sums, 0);
      Arrays.fill(squares, 0);
      int to = share.to(rows);
      for (int row = share.from(rows); row < to; row += SUMMANDS) {
        int count = Math.min(SUMMANDS, to - row);
        int first = row * columns * Float.BYTES;
        differences.write(values, first, count, center, columnSums, columnSquares);
        for (int from = 0; from < columns; from += channels) {
          for (int c = 0; c < channels; c++) {
            sums[c] += columnSums[from + c];
            squares[c] += columnSquares[from + c];
          }
        }
      }
    }

    /** The pixels behind the last row. */
    void addRest(FloatBuffer values) {
      for (int from = rows * columns; from < pixels * channels; from += channels) {
        for (int c = 0; c < channels; c++) {
          double difference = (double) values.get(from + c) - center[c];
          sums[c] += difference;
          squares[c] += difference * difference;
        }
      }
    }
  }

  /** The sums by plain loops. */
  public static DifferenceSums plain() {
    return new PlainSums();
  }

  private static final class PlainSums implements DifferenceSums {
    /** Long enough for loops that are vectorized. */
    private static final int COLUMNS = 1024;

    @Override
    public int columns(int channels) {
      return channels * Math.max(1, COLUMNS / channels);
    }

    @Override
    public void write(
        ByteBuffer values, int first, int rows, float[] center, float[] sums, float[] squares) {
      FloatBuffer floats = values.asFloatBuffer();
      int columns = center.length;
      float[] row = new float[columns];
      Arrays.fill(sums, 0);
      Arrays.fill(squares, 0);
      for (int k = 0; k < rows; k++) {
        floats.get(first / Float.BYTES + k * columns, row);
        for (int i = 0; i < columns; i++) {
          float difference = row[i] - center[i];
          sums[i] += difference;
          squares[i] += difference * difference;
        }
      }
    }
  }
}
