package org.isonorm.network.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How a thread's arrays lie in {@link FusedWinogradConvolution}; all is in floats.
 *
 * <p>Mapped tiles, and their products, are groups of six tiles in chunks of sixteen channels:
 * [groups, chunks, 36, 6, 16]. Columns on the way between an image and tiles are [channels / 8,
 * columns, 6, 8].
 */
final class FusedLayout {
  /** The registers of AVX2. */
  static final VectorSpecies<Float> LANES = FloatVector.SPECIES_256;

  /** Channels of a register. */
  static final int LANE_FLOATS = 8;

  /** Elements of a line of a tile, and lines. */
  static final int SIDE = 6;

  /** Elements of a tile, and matrices of weights. */
  static final int PLACES = SIDE * SIDE;

  /** Outputs of a line of a tile, and lines. */
  static final int OUTPUTS = 4;

  /** Channels that are multiplied together. */
  static final int CHUNK = 16;

  /** Tiles that are multiplied together. */
  static final int GROUP = 6;

  /** From an element of a tile to the next, which another matrix multiplies. */
  static final int PLACE_FLOATS = GROUP * CHUNK;

  /** From a line of a tile to the next. */
  static final int LINE_FLOATS = SIDE * PLACE_FLOATS;

  /** A group of tiles in a chunk of channels. */
  static final int GROUP_FLOATS = PLACES * PLACE_FLOATS;

  /** A column of six elements. */
  static final int COLUMN_FLOATS = SIDE * LANE_FLOATS;

  private FusedLayout() {}

  /** Where a tile's element lies, of which there are so many chunks of channels. */
  static int at(int tile, int channel, int chunks) {
    return (tile / GROUP * chunks + channel / CHUNK) * GROUP_FLOATS
        + tile % GROUP * CHUNK
        + channel % CHUNK;
  }
}
