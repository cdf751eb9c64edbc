package org.isonorm.network.kernel;

/**
 * A correlation with 3×3 taps at stride 1, from images [images, inHeight, inWidth, in] to [images,
 * outHeight, outWidth, out], in tiles. Tiles at the edges reach beyond either.
 *
 * @param top rows of zeros above an image
 * @param left columns of zeros on the left of an image
 */
record WinogradGeometry(
    int images,
    int inHeight,
    int inWidth,
    int in,
    int outHeight,
    int outWidth,
    int out,
    int top,
    int left) {
  /** Of the output. */
  static WinogradGeometry forward(ConvolutionShape shape) {
    return new WinogradGeometry(
        Math.toIntExact(shape.batch()),
        shape.inHeight(),
        shape.inWidth(),
        shape.in(),
        shape.outHeight(),
        shape.outWidth(),
        shape.out(),
        shape.paddingHeight(),
        shape.paddingWidth());
  }

  /**
   * Of the input's gradient, which is a correlation of the output's gradient with the taps turned
   * round.
   */
  static WinogradGeometry inputGradient(ConvolutionShape shape) {
    return new WinogradGeometry(
        Math.toIntExact(shape.batch()),
        shape.outHeight(),
        shape.outWidth(),
        shape.out(),
        shape.inHeight(),
        shape.inWidth(),
        shape.in(),
        2 - shape.paddingHeight(),
        2 - shape.paddingWidth());
  }

  WinogradTile tile() {
    return WinogradTile.of(outHeight, outWidth);
  }

  private int tilesDown() {
    return (outHeight + tile().outputs() - 1) / tile().outputs();
  }

  private int tilesAcross() {
    return (outWidth + tile().outputs() - 1) / tile().outputs();
  }

  int tiles() {
    return images * tilesDown() * tilesAcross();
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

  long inBytes() {
    return (long) images * inHeight * inWidth * in * Float.BYTES;
  }

  long outBytes() {
    return (long) images * outHeight * outWidth * out * Float.BYTES;
  }
}
