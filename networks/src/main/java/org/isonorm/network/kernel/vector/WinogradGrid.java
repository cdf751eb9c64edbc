package org.isonorm.network.kernel.vector;

/** The outputs of a correlation in tiles. Those at the edges reach beyond the images. */
record WinogradGrid(Correlation correlation) {

  WinogradTile tile() {
    return WinogradTile.of(correlation.outHeight(), correlation.outWidth());
  }

  private int tilesDown() {
    return (correlation.outHeight() + tile().outputs() - 1) / tile().outputs();
  }

  private int tilesAcross() {
    return (correlation.outWidth() + tile().outputs() - 1) / tile().outputs();
  }

  int tiles() {
    return correlation.images() * tilesDown() * tilesAcross();
  }

  /** Of a tile. */
  int image(int tile) {
    return tile / (tilesDown() * tilesAcross());
  }

  /** First output row of a tile. */
  int row(int tile) {
    return tile / tilesAcross() % tilesDown() * tile().outputs();
  }

  /** First output column of a tile. */
  int column(int tile) {
    return tile % tilesAcross() * tile().outputs();
  }
}
