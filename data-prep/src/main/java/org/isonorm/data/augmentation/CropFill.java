package org.isonorm.data.augmentation;

/** What a crop shows where its window lies outside of the image. */
public enum CropFill {
  /** Black pixels, before normalization. */
  BLACK,

  /** The image mirrored at its first and last row and column, which are not repeated. */
  REFLECT;

  /**
   * The row or column that is seen in place of one outside of the image, mirrored to and fro as
   * often as it takes.
   *
   * @param at a row or column, anywhere
   * @param size rows or columns of the image
   */
  static int reflected(int at, int size) {
    if (size == 1) {
      return 0;
    }
    int period = 2 * (size - 1);
    int phase = Math.floorMod(at, period);
    return Math.min(phase, period - phase);
  }
}
