package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.COLUMN_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.LANES;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.PRODUCTS_PLACE;
import static org.isonorm.network.kernel.vector.FusedLayout.SIDE;
import static org.isonorm.network.kernel.vector.FusedLayout.SUMS_PLACE;

import jdk.incubator.vector.FloatVector;

/**
 * The maps of F(4×4, 3×3) as in {@link WinogradMapsOfFour}, of eight channels at a time: down a
 * whole row of tiles, so that tiles share the columns they have in common, and across each tile.
 * Java's compiler puts the two maps into the loops that call them, where what one turn touches is a
 * constant apart, so that it checks an index once for all.
 */
final class FusedMaps {
  /** Of a line of weights. */
  private static final int TAPS = 3;

  private FusedMaps() {}

  /**
   * Maps the columns of six image rows.
   *
   * @param rows six of [width, channels] one after the other, from the channels to map on
   * @param columns gets six elements a column
   */
  static void down(float[] rows, int at, int channels, int width, float[] columns, int to) {
    for (int x = 0; x < width; x++) {
      mapInput(
          rows, at + channels * x, channels * width, columns, to + COLUMN_FLOATS * x, LANE_FLOATS);
    }
  }

  /** Maps the lines of a tile, which is six columns, and puts them where products are made. */
  static void across(float[] columns, int at, float[] tiles, int to) {
    across(columns, at, tiles, to, PRODUCTS_PLACE);
  }

  /** The same, where products with gradients are summed up. */
  static void acrossForSums(float[] columns, int at, float[] tiles, int to) {
    across(columns, at, tiles, to, SUMS_PLACE);
  }

  private static void across(float[] columns, int at, float[] tiles, int to, int place) {
    for (int line = 0; line < SIDE; line++) {
      mapInput(
          columns, at + LANE_FLOATS * line, COLUMN_FLOATS, tiles, to + SIDE * place * line, place);
    }
  }

  /**
   * Maps the columns of four rows of the output's gradient.
   *
   * @param rows four of [width, channels] one after the other, from the channels to map on
   * @param columns gets six elements a column
   */
  static void downOfGradients(
      float[] rows, int at, int channels, int width, float[] columns, int to) {
    for (int x = 0; x < width; x++) {
      mapOutputGradient(
          rows, at + channels * x, channels * width, columns, to + COLUMN_FLOATS * x, LANE_FLOATS);
    }
  }

  /** Maps the lines of a tile's gradients, which are four columns. */
  static void acrossOfGradients(float[] columns, int at, float[] tiles, int to) {
    for (int line = 0; line < SIDE; line++) {
      mapOutputGradient(
          columns,
          at + LANE_FLOATS * line,
          COLUMN_FLOATS,
          tiles,
          to + SIDE * SUMS_PLACE * line,
          SUMS_PLACE);
    }
  }

  /**
   * Maps the sums of a tile's elements, [36, 8], to the gradients of taps, [9, 8].
   *
   * @param between room for [18, 8]
   */
  static void taps(float[] sums, float[] between, float[] taps) {
    for (int column = 0; column < SIDE; column++) {
      mapTaps(
          sums, LANE_FLOATS * column, COLUMN_FLOATS, between, LANE_FLOATS * column, COLUMN_FLOATS);
    }
    for (int line = 0; line < TAPS; line++) {
      mapTaps(
          between, COLUMN_FLOATS * line, LANE_FLOATS, taps, TAPS * LANE_FLOATS * line, LANE_FLOATS);
    }
  }

  /** Maps the lines of a tile's products to four columns. */
  static void back(float[] tiles, int at, float[] columns, int to) {
    for (int line = 0; line < SIDE; line++) {
      mapOutput(
          tiles,
          at + SIDE * PRODUCTS_PLACE * line,
          PRODUCTS_PLACE,
          false,
          columns,
          to + LANE_FLOATS * line,
          COLUMN_FLOATS);
    }
  }

  /**
   * Maps columns to four image rows.
   *
   * @param relu whether max(0, ·) follows
   * @param rows four of [width, channels] one after the other, from the channels to map on
   */
  static void up(
      float[] columns, int at, int channels, int width, boolean relu, float[] rows, int to) {
    for (int x = 0; x < width; x++) {
      mapOutput(
          columns,
          at + COLUMN_FLOATS * x,
          LANE_FLOATS,
          relu,
          rows,
          to + channels * x,
          channels * width);
    }
  }

  /**
   * Adds what was there before.
   *
   * @param relu whether max(0, ·) follows
   */
  static void add(float[] before, int floats, boolean relu, float[] rows) {
    int i = 0;
    for (; i < LANES.loopBound(floats); i += LANE_FLOATS) {
      FloatVector sum =
          FloatVector.fromArray(LANES, rows, i).add(FloatVector.fromArray(LANES, before, i));
      (relu ? sum.max(0f) : sum).intoArray(rows, i);
    }
    for (; i < floats; i++) {
      float sum = rows[i] + before[i];
      rows[i] = relu ? Math.max(0f, sum) : sum;
    }
  }

  /** Six elements, a step apart, to six. */
  private static void mapInput(
      float[] from, int in, int inStep, float[] target, int out, int step) {
    FloatVector d0 = FloatVector.fromArray(LANES, from, in);
    FloatVector d1 = FloatVector.fromArray(LANES, from, in + inStep);
    FloatVector d2 = FloatVector.fromArray(LANES, from, in + 2 * inStep);
    FloatVector d3 = FloatVector.fromArray(LANES, from, in + 3 * inStep);
    FloatVector d4 = FloatVector.fromArray(LANES, from, in + 4 * inStep);
    FloatVector d5 = FloatVector.fromArray(LANES, from, in + 5 * inStep);
    d0.mul(4f).sub(d2.mul(5f)).add(d4).intoArray(target, out);
    FloatVector even = d4.sub(d2.mul(4f));
    FloatVector odd = d3.sub(d1.mul(4f));
    even.add(odd).intoArray(target, out + step);
    even.sub(odd).intoArray(target, out + 2 * step);
    FloatVector evenOfTwo = d4.sub(d2);
    FloatVector oddOfTwo = d3.sub(d1).mul(2f);
    evenOfTwo.add(oddOfTwo).intoArray(target, out + 3 * step);
    evenOfTwo.sub(oddOfTwo).intoArray(target, out + 4 * step);
    d1.mul(4f).sub(d3.mul(5f)).add(d5).intoArray(target, out + 5 * step);
  }

  /** Six elements, a step apart, to four. */
  private static void mapOutput(
      float[] from, int in, int inStep, boolean relu, float[] target, int out, int step) {
    FloatVector m0 = FloatVector.fromArray(LANES, from, in);
    FloatVector m1 = FloatVector.fromArray(LANES, from, in + inStep);
    FloatVector m2 = FloatVector.fromArray(LANES, from, in + 2 * inStep);
    FloatVector m3 = FloatVector.fromArray(LANES, from, in + 3 * inStep);
    FloatVector m4 = FloatVector.fromArray(LANES, from, in + 4 * inStep);
    FloatVector m5 = FloatVector.fromArray(LANES, from, in + 5 * inStep);
    FloatVector even = m1.add(m2);
    FloatVector odd = m1.sub(m2);
    FloatVector evenOfTwo = m3.add(m4);
    FloatVector oddOfTwo = m3.sub(m4);
    FloatVector y0 = m0.add(even).add(evenOfTwo);
    FloatVector y1 = odd.add(oddOfTwo.mul(2f));
    FloatVector y2 = even.add(evenOfTwo.mul(4f));
    FloatVector y3 = odd.add(oddOfTwo.mul(8f)).add(m5);
    (relu ? y0.max(0f) : y0).intoArray(target, out);
    (relu ? y1.max(0f) : y1).intoArray(target, out + step);
    (relu ? y2.max(0f) : y2).intoArray(target, out + 2 * step);
    (relu ? y3.max(0f) : y3).intoArray(target, out + 3 * step);
  }

  /** Four elements of the output's gradient, a step apart, to six. */
  private static void mapOutputGradient(
      float[] from, int in, int inStep, float[] target, int out, int step) {
    FloatVector y0 = FloatVector.fromArray(LANES, from, in);
    FloatVector y1 = FloatVector.fromArray(LANES, from, in + inStep);
    FloatVector y2 = FloatVector.fromArray(LANES, from, in + 2 * inStep);
    FloatVector y3 = FloatVector.fromArray(LANES, from, in + 3 * inStep);
    y0.intoArray(target, out);
    FloatVector even = y0.add(y2);
    FloatVector odd = y1.add(y3);
    even.add(odd).intoArray(target, out + step);
    even.sub(odd).intoArray(target, out + 2 * step);
    FloatVector evenOfTwo = y0.add(y2.mul(4f));
    FloatVector oddOfTwo = y1.mul(2f).add(y3.mul(8f));
    evenOfTwo.add(oddOfTwo).intoArray(target, out + 3 * step);
    evenOfTwo.sub(oddOfTwo).intoArray(target, out + 4 * step);
    y3.intoArray(target, out + 5 * step);
  }

  /** Six sums, a step apart, to the gradients of three taps. */
  private static void mapTaps(float[] from, int in, int inStep, float[] target, int out, int step) {
    FloatVector m0 = FloatVector.fromArray(LANES, from, in);
    FloatVector m1 = FloatVector.fromArray(LANES, from, in + inStep);
    FloatVector m2 = FloatVector.fromArray(LANES, from, in + 2 * inStep);
    FloatVector m3 = FloatVector.fromArray(LANES, from, in + 3 * inStep);
    FloatVector m4 = FloatVector.fromArray(LANES, from, in + 4 * inStep);
    FloatVector m5 = FloatVector.fromArray(LANES, from, in + 5 * inStep);
    FloatVector even = m1.add(m2).mul(1 / 6f);
    FloatVector odd = m2.sub(m1).mul(1 / 6f);
    FloatVector evenOfTwo = m3.add(m4);
    FloatVector oddOfTwo = m3.sub(m4);
    m0.mul(1 / 4f).sub(even).add(evenOfTwo.mul(1 / 24f)).intoArray(target, out);
    odd.add(oddOfTwo.mul(1 / 12f)).intoArray(target, out + step);
    evenOfTwo.mul(1 / 6f).sub(even).add(m5).intoArray(target, out + 2 * step);
  }
}
