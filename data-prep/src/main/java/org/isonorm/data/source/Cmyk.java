package org.isonorm.data.source;

/** Printing inks as light, without a profile, as Pillow does it. */
final class Cmyk {
  private Cmyk() {}

  /** What is left of the light behind two films: one × other ⁄ 255, rounded. */
  static int product(int one, int other) {
    int product = one * other + 128;
    return (product + (product >> 8)) >> 8;
  }
}
