package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FloatLanes.SPECIES;
import static org.isonorm.network.kernel.vector.FloatLanes.STEP;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import org.isonorm.network.kernel.onednn.ChannelStatistics.DifferenceSums;

/** Sums over rows in registers: four of differences, four of their squares. */
public final class VectorSums implements DifferenceSums {
  private static final int LANES = SPECIES.length();
  private static final int REGISTERS = 4;

  /** The least that is whole groups of registers and whole pixels. */
  @Override
  public int columns(int channels) {
    int group = REGISTERS * LANES;
    return channels / Math.min(Integer.lowestOneBit(channels), group) * group;
  }

  @Override
  public void write(
      ByteBuffer values, int first, int rows, float[] center, float[] sums, float[] squares) {
    int stride = center.length * Float.BYTES;
    for (int column = 0; column < center.length; column += REGISTERS * LANES) {
      write(values, first + column * Float.BYTES, stride, rows, center, sums, squares, column);
    }
  }

  private static void write(
      ByteBuffer values,
      int from,
      int stride,
      int rows,
      float[] center,
      float[] sums,
      float[] squares,
      int column) {
    FloatVector c0 = FloatVector.fromArray(SPECIES, center, column);
    FloatVector c1 = FloatVector.fromArray(SPECIES, center, column + LANES);
    FloatVector c2 = FloatVector.fromArray(SPECIES, center, column + 2 * LANES);
    FloatVector c3 = FloatVector.fromArray(SPECIES, center, column + 3 * LANES);
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector q0 = s0;
    FloatVector q1 = s0;
    FloatVector q2 = s0;
    FloatVector q3 = s0;
    int at = from;
    for (int row = 0; row < rows; row++) {
      FloatVector d0 = FloatLanes.get(values, at).sub(c0);
      FloatVector d1 = FloatLanes.get(values, at + STEP).sub(c1);
      FloatVector d2 = FloatLanes.get(values, at + 2 * STEP).sub(c2);
      FloatVector d3 = FloatLanes.get(values, at + 3 * STEP).sub(c3);
      s0 = s0.add(d0);
      s1 = s1.add(d1);
      s2 = s2.add(d2);
      s3 = s3.add(d3);
      q0 = d0.fma(d0, q0);
      q1 = d1.fma(d1, q1);
      q2 = d2.fma(d2, q2);
      q3 = d3.fma(d3, q3);
      at += stride;
    }
    s0.intoArray(sums, column);
    s1.intoArray(sums, column + LANES);
    s2.intoArray(sums, column + 2 * LANES);
    s3.intoArray(sums, column + 3 * LANES);
    q0.intoArray(squares, column);
    q1.intoArray(squares, column + LANES);
    q2.intoArray(squares, column + 2 * LANES);
    q3.intoArray(squares, column + 3 * LANES);
  }
}
