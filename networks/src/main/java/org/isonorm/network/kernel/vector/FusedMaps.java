package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.COLUMN_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.LANES;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.LINE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.SIDE;

import jdk.incubator.vector.FloatVector;

/**
 * The maps of F(4×4, 3×3) as in {@link WinogradMapsOfFour}, of eight channels at a time: down a
 * whole row of tiles, so that tiles share the columns they have in common, and across each tile.
 * What one turn of a loop touches is a constant apart, so that Java checks an index once for all.
 */
final class FusedMaps {
  private FusedMaps() {}

  /**
   * Maps the columns of six image rows.
   *
   * @param rows six of [width, channels] one after the other, from the channels to map on
   * @param columns gets six elements a column
   */
  static void down(float[] rows, int at, int channels, int width, float[] columns, int to) {
    int row = channels * width;
    for (int x = 0; x < width; x++) {
      int in = at + channels * x;
      int out = to + COLUMN_FLOATS * x;
      FloatVector d0 = FloatVector.fromArray(LANES, rows, in);
      FloatVector d1 = FloatVector.fromArray(LANES, rows, in + row);
      FloatVector d2 = FloatVector.fromArray(LANES, rows, in + 2 * row);
      FloatVector d3 = FloatVector.fromArray(LANES, rows, in + 3 * row);
      FloatVector d4 = FloatVector.fromArray(LANES, rows, in + 4 * row);
      FloatVector d5 = FloatVector.fromArray(LANES, rows, in + 5 * row);
      d0.mul(4f).sub(d2.mul(5f)).add(d4).intoArray(columns, out);
      FloatVector even = d4.sub(d2.mul(4f));
      FloatVector odd = d3.sub(d1.mul(4f));
      even.add(odd).intoArray(columns, out + LANE_FLOATS);
      even.sub(odd).intoArray(columns, out + 2 * LANE_FLOATS);
      FloatVector evenOfTwo = d4.sub(d2);
      FloatVector oddOfTwo = d3.sub(d1).mul(2f);
      evenOfTwo.add(oddOfTwo).intoArray(columns, out + 3 * LANE_FLOATS);
      evenOfTwo.sub(oddOfTwo).intoArray(columns, out + 4 * LANE_FLOATS);
      d1.mul(4f).sub(d3.mul(5f)).add(d5).intoArray(columns, out + 5 * LANE_FLOATS);
    }
  }

  /** Maps the lines of a tile, which is six columns, and puts them where products are made. */
  static void across(float[] columns, int at, float[] tiles, int to) {
    for (int line = 0; line < SIDE; line++) {
      int in = at + LANE_FLOATS * line;
      int out = to + LINE_FLOATS * line;
      FloatVector d0 = FloatVector.fromArray(LANES, columns, in);
      FloatVector d1 = FloatVector.fromArray(LANES, columns, in + COLUMN_FLOATS);
      FloatVector d2 = FloatVector.fromArray(LANES, columns, in + 2 * COLUMN_FLOATS);
      FloatVector d3 = FloatVector.fromArray(LANES, columns, in + 3 * COLUMN_FLOATS);
      FloatVector d4 = FloatVector.fromArray(LANES, columns, in + 4 * COLUMN_FLOATS);
      FloatVector d5 = FloatVector.fromArray(LANES, columns, in + 5 * COLUMN_FLOATS);
      d0.mul(4f).sub(d2.mul(5f)).add(d4).intoArray(tiles, out);
      FloatVector even = d4.sub(d2.mul(4f));
      FloatVector odd = d3.sub(d1.mul(4f));
      even.add(odd).intoArray(tiles, out + PLACE_FLOATS);
      even.sub(odd).intoArray(tiles, out + 2 * PLACE_FLOATS);
      FloatVector evenOfTwo = d4.sub(d2);
      FloatVector oddOfTwo = d3.sub(d1).mul(2f);
      evenOfTwo.add(oddOfTwo).intoArray(tiles, out + 3 * PLACE_FLOATS);
      evenOfTwo.sub(oddOfTwo).intoArray(tiles, out + 4 * PLACE_FLOATS);
      d1.mul(4f).sub(d3.mul(5f)).add(d5).intoArray(tiles, out + 5 * PLACE_FLOATS);
    }
  }

  /** Maps the lines of a tile's products to four columns. */
  static void back(float[] tiles, int at, float[] columns, int to) {
    for (int line = 0; line < SIDE; line++) {
      int in = at + LINE_FLOATS * line;
      int out = to + LANE_FLOATS * line;
      FloatVector m0 = FloatVector.fromArray(LANES, tiles, in);
      FloatVector m1 = FloatVector.fromArray(LANES, tiles, in + PLACE_FLOATS);
      FloatVector m2 = FloatVector.fromArray(LANES, tiles, in + 2 * PLACE_FLOATS);
      FloatVector m3 = FloatVector.fromArray(LANES, tiles, in + 3 * PLACE_FLOATS);
      FloatVector m4 = FloatVector.fromArray(LANES, tiles, in + 4 * PLACE_FLOATS);
      FloatVector m5 = FloatVector.fromArray(LANES, tiles, in + 5 * PLACE_FLOATS);
      FloatVector even = m1.add(m2);
      FloatVector odd = m1.sub(m2);
      FloatVector evenOfTwo = m3.add(m4);
      FloatVector oddOfTwo = m3.sub(m4);
      FloatVector y0 = m0.add(even).add(evenOfTwo);
      FloatVector y1 = odd.add(oddOfTwo.mul(2f));
      FloatVector y2 = even.add(evenOfTwo.mul(4f));
      FloatVector y3 = odd.add(oddOfTwo.mul(8f)).add(m5);
      y0.intoArray(columns, out);
      y1.intoArray(columns, out + COLUMN_FLOATS);
      y2.intoArray(columns, out + 2 * COLUMN_FLOATS);
      y3.intoArray(columns, out + 3 * COLUMN_FLOATS);
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
    int row = channels * width;
    for (int x = 0; x < width; x++) {
      int in = at + COLUMN_FLOATS * x;
      int out = to + channels * x;
      FloatVector m0 = FloatVector.fromArray(LANES, columns, in);
      FloatVector m1 = FloatVector.fromArray(LANES, columns, in + LANE_FLOATS);
      FloatVector m2 = FloatVector.fromArray(LANES, columns, in + 2 * LANE_FLOATS);
      FloatVector m3 = FloatVector.fromArray(LANES, columns, in + 3 * LANE_FLOATS);
      FloatVector m4 = FloatVector.fromArray(LANES, columns, in + 4 * LANE_FLOATS);
      FloatVector m5 = FloatVector.fromArray(LANES, columns, in + 5 * LANE_FLOATS);
      FloatVector even = m1.add(m2);
      FloatVector odd = m1.sub(m2);
      FloatVector evenOfTwo = m3.add(m4);
      FloatVector oddOfTwo = m3.sub(m4);
      FloatVector y0 = m0.add(even).add(evenOfTwo);
      FloatVector y1 = odd.add(oddOfTwo.mul(2f));
      FloatVector y2 = even.add(evenOfTwo.mul(4f));
      FloatVector y3 = odd.add(oddOfTwo.mul(8f)).add(m5);
      (relu ? y0.max(0f) : y0).intoArray(rows, out);
      (relu ? y1.max(0f) : y1).intoArray(rows, out + row);
      (relu ? y2.max(0f) : y2).intoArray(rows, out + 2 * row);
      (relu ? y3.max(0f) : y3).intoArray(rows, out + 3 * row);
    }
  }
}
