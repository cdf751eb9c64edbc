package org.isonorm.network.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How a thread's arrays of {@link FusedTiles} lie; all is in floats. Mapped tiles are groups in
 * chunks of sixteen channels: [groups, chunks, 36, group, 16]. Columns on the way between an image
 * and tiles are [channels / 8, columns, 6, 8].
 *
 * @param group tiles that are multiplied together
 */
record FusedLayout(int group) {
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

  /** A column of six elements. */
  static final int COLUMN_FLOATS = SIDE * LANE_FLOATS;

  /** Tiles that are multiplied by weights together. */
  static final int PRODUCTS_GROUP = 6;

  /** Tiles whose products with gradients are summed up together. */
  static final int SUMS_GROUP = 16;

  /** From an element of a tile that weights multiply to the next. */
  static final int PRODUCTS_PLACE = PRODUCTS_GROUP * CHUNK;

  /** The same of a tile that gradients multiply. */
  static final int SUMS_PLACE = SUMS_GROUP * CHUNK;

  /**
   * The element that the maps of outputs and of their gradients, of its line and of its column,
   * multiply by ones alone: a bias goes from it to all outputs, and its gradient comes to it.
   */
  static final int PLACE_OF_ONES = SIDE + 1;

  /** Of tiles that weights multiply. */
  static final FusedLayout OF_PRODUCTS = new FusedLayout(PRODUCTS_GROUP);

  /** Of tiles that gradients multiply. */
  static final FusedLayout OF_SUMS = new FusedLayout(SUMS_GROUP);

  /**
   * Whether channels are whole registers that lie in one chunk each, the last of which may share
   * channels with the one before.
   */
  static boolean fits(int channels) {
    return channels % CHUNK == 0 || channels % CHUNK >= LANE_FLOATS;
  }

  /** Registers that so many channels take. */
  static int lanes(int channels) {
    return (channels + LANE_FLOATS - 1) / LANE_FLOATS;
  }

  /** The first channel of a register. */
  static int channel(int lane, int channels) {
    return Math.min(lane * LANE_FLOATS, channels - LANE_FLOATS);
  }

  /** Chunks of so many channels, whose last may have a rest that is no channel's. */
  static int chunks(int channels) {
    return (channels + CHUNK - 1) / CHUNK;
  }

  /** Groups of so many tiles. */
  int groups(int tiles) {
    return (tiles + group - 1) / group;
  }

  /** Floats of a group of tiles in a chunk of channels. */
  int groupFloats() {
    return PLACES * group * CHUNK;
  }

  /** Where a tile's first element lies. */
  int at(int tile, int channel, int channels) {
    return (tile / group * chunks(channels) + channel / CHUNK) * groupFloats()
        + tile % group * CHUNK
        + channel % CHUNK;
  }
}
