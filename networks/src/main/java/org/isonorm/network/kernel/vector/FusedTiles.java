package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.COLUMN_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.OUTPUTS;
import static org.isonorm.network.kernel.vector.FusedLayout.SIDE;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A correlation's outputs in tiles of 4×4, and the way between images and a thread's arrays, which
 * hold a block of them: some rows of tiles. Those at the edges reach beyond the images.
 */
final class FusedTiles {
  private final Correlation geometry;
  private final FusedLayout layout;
  private final int tilesAcross;
  private final int tilesDown;
  private final int rows;

  /**
   * Divides the images.
   *
   * @param most tiles of a block, if a row has no more
   * @param threads for each of which there should be a block
   */
  FusedTiles(Correlation geometry, FusedLayout layout, int most, int threads) {
    this.geometry = geometry;
    this.layout = layout;
    tilesAcross = count(geometry.outWidth());
    tilesDown = count(geometry.outHeight());
    int share = (allRows() + threads - 1) / threads;
    int least = (layout.group() + tilesAcross - 1) / tilesAcross;
    rows = Math.max(least, Math.min(share, most / tilesAcross));
  }

  /** Tiles that cover so many outputs of a line. */
  static int count(int outputs) {
    return (outputs + OUTPUTS - 1) / OUTPUTS;
  }

  private int allRows() {
    return geometry.images() * tilesDown;
  }

  /** Blocks of all images. */
  int blocks() {
    return (allRows() + rows - 1) / rows;
  }

  private int rows(int block) {
    return Math.min(rows, allRows() - block * rows);
  }

  private int tiles(int block) {
    return rows(block) * tilesAcross;
  }

  /** Groups of a block; the last block may have fewer. */
  int groups(int block) {
    return layout.groups(tiles(block));
  }

  /** The image of a row of tiles. */
  private int image(int block, int row) {
    return (block * rows + row) / tilesDown;
  }

  /** The first output of a row of tiles, down its image. */
  private int top(int block, int row) {
    return (block * rows + row) % tilesDown * OUTPUTS;
  }

  /** Floats of a block's tiles of so many channels. */
  int floats(int channels) {
    return groups(0) * FusedLayout.chunks(channels) * layout.groupFloats();
  }

  /** Zeros for the rest of the last chunk, which is no channel's and no map writes. */
  void clearRestOfChunk(int channels, float[] tiles) {
    if (channels % CHUNK != 0) {
      for (int tile = 0; tile < groups(0) * layout.group(); tile++) {
        clear(layout.at(tile, channels, channels), CHUNK - channels % CHUNK, tiles);
      }
    }
  }

  /** Zeros for what stands behind a block's last tile. */
  void clearRestOfGroup(int block, int channels, float[] tiles) {
    for (int tile = tiles(block); tile % layout.group() != 0; tile++) {
      for (int c = 0; c < channels; c += CHUNK) {
        clear(layout.at(tile, c, channels), CHUNK, tiles);
      }
    }
  }

  private void clear(int at, int floats, float[] tiles) {
    for (int place = 0; place < FusedLayout.PLACES; place++) {
      int to = at + place * layout.group() * CHUNK;
      Arrays.fill(tiles, to, to + floats, 0f);
    }
  }

  /** Maps the inputs of a block's tiles. */
  void mapInputs(int block, FloatBuffer input, FusedArrays own, float[] tiles) {
    int channels = geometry.in();
    int width = geometry.inWidth();
    int row = width * channels;
    int left = geometry.left() * COLUMN_FLOATS;
    int stripe = (OUTPUTS * tilesAcross + 2) * COLUMN_FLOATS;
    float[] pixels = own.rows(SIDE * row);
    float[] columns = own.columns(FusedLayout.lanes(channels) * stripe);
    clearBorders(columns, channels, stripe, left, left + width * COLUMN_FLOATS);
    for (int i = 0; i < rows(block); i++) {
      int top = top(block, i) - geometry.top();
      copyRows(input, image(block, i), top, SIDE, geometry.inHeight(), row, pixels);
      for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
        int c = FusedLayout.channel(lane, channels);
        FusedMaps.down(pixels, c, channels, width, columns, lane * stripe + left);
      }
      for (int t = 0; t < tilesAcross; t++) {
        for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
          int c = FusedLayout.channel(lane, channels);
          int column = lane * stripe + t * OUTPUTS * COLUMN_FLOATS;
          int to = layout.at(i * tilesAcross + t, c, channels);
          if (layout == FusedLayout.OF_PRODUCTS) {
            FusedMaps.across(columns, column, tiles, to);
          } else {
            FusedMaps.acrossForSums(columns, column, tiles, to);
          }
        }
      }
    }
  }

  /** Maps the gradients of a block's outputs. */
  void mapOutputGradients(int block, FloatBuffer gradients, FusedArrays own, float[] tiles) {
    int channels = geometry.out();
    int width = geometry.outWidth();
    int row = width * channels;
    int stripe = OUTPUTS * tilesAcross * COLUMN_FLOATS;
    float[] pixels = own.rows(OUTPUTS * row);
    float[] columns = own.columns(FusedLayout.lanes(channels) * stripe);
    clearBorders(columns, channels, stripe, 0, width * COLUMN_FLOATS);
    for (int i = 0; i < rows(block); i++) {
      copyRows(
          gradients, image(block, i), top(block, i), OUTPUTS, geometry.outHeight(), row, pixels);
      for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
        int c = FusedLayout.channel(lane, channels);
        FusedMaps.downOfGradients(pixels, c, channels, width, columns, lane * stripe);
      }
      for (int t = 0; t < tilesAcross; t++) {
        for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
          int c = FusedLayout.channel(lane, channels);
          int column = lane * stripe + t * OUTPUTS * COLUMN_FLOATS;
          FusedMaps.acrossOfGradients(
              columns, column, tiles, layout.at(i * tilesAcross + t, c, channels));
        }
      }
    }
  }

  /** Zeros for the pixels above and below an image. */
  private static void copyRows(
      FloatBuffer images, int image, int top, int count, int height, int row, float[] pixels) {
    int from = Math.min(count, Math.max(0, -top));
    int to = Math.max(from, Math.min(count, height - top));
    Arrays.fill(pixels, 0, from * row, 0f);
    images.get((image * height + top + from) * row, pixels, from * row, (to - from) * row);
    Arrays.fill(pixels, to * row, count * row, 0f);
  }

  /** Zeros on the left of an image, and on its right until a tile ends. */
  private static void clearBorders(float[] columns, int channels, int stripe, int from, int to) {
    for (int at = 0; at < FusedLayout.lanes(channels) * stripe; at += stripe) {
      Arrays.fill(columns, at, at + from, 0f);
      Arrays.fill(columns, at + to, at + stripe, 0f);
    }
  }

  /** Maps the products of a block's tiles to the outputs, or adds them to these. */
  void mapOutputs(
      int block,
      float[] products,
      FusedArrays own,
      boolean accumulates,
      boolean relu,
      FloatBuffer output) {
    int channels = geometry.out();
    int width = geometry.outWidth();
    int row = width * channels;
    int stripe = OUTPUTS * tilesAcross * COLUMN_FLOATS;
    float[] columns = own.columns(FusedLayout.lanes(channels) * stripe);
    float[] pixels = own.rows(OUTPUTS * row);
    for (int i = 0; i < rows(block); i++) {
      for (int t = 0; t < tilesAcross; t++) {
        for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
          int c = FusedLayout.channel(lane, channels);
          int column = lane * stripe + t * OUTPUTS * COLUMN_FLOATS;
          FusedMaps.back(products, layout.at(i * tilesAcross + t, c, channels), columns, column);
        }
      }
      for (int lane = 0; lane < FusedLayout.lanes(channels); lane++) {
        int c = FusedLayout.channel(lane, channels);
        FusedMaps.up(columns, lane * stripe, channels, width, relu && !accumulates, pixels, c);
      }
      int top = top(block, i);
      int floats = Math.min(OUTPUTS, geometry.outHeight() - top) * row;
      int to = (image(block, i) * geometry.outHeight() + top) * row;
      if (accumulates) {
        float[] before = own.before(floats);
        output.get(to, before, 0, floats);
        FusedMaps.add(before, floats, relu, pixels);
      }
      output.put(to, pixels, 0, floats);
    }
  }
}
