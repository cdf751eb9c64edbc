package org.isonorm.spark.report;

import java.awt.Color;

/**
 * A scale from dark blue to yellow that people of any colour vision see as even (cividis, Nuñez,
 * Anderton and Renslow 2018), the same in both schemes of the page.
 */
final class Shades {
  private static final int[] ANCHORS = {
    0x00224E, 0x123570, 0x3B496C, 0x575D6D, 0x707173, 0x8A8678, 0xA59C74, 0xC3B369, 0xFEE838
  };

  /** Between white and black text, by the relative luminance of WCAG 2. */
  private static final double LIGHT = 0.179;

  private Shades() {}

  /**
   * The colour of a share.
   *
   * @param share from 0 to 1
   */
  static Color of(double share) {
    double position = Math.max(0, Math.min(1, share)) * (ANCHORS.length - 1);
    int below = Math.min((int) position, ANCHORS.length - 2);
    Color from = new Color(ANCHORS[below]);
    Color to = new Color(ANCHORS[below + 1]);
    double part = position - below;
    return new Color(
        mix(from.getRed(), to.getRed(), part),
        mix(from.getGreen(), to.getGreen(), part),
        mix(from.getBlue(), to.getBlue(), part));
  }

  /** Black or white, whichever is better read on a colour. */
  static Color textOn(Color ground) {
    double luminance =
        0.2126 * linear(ground.getRed())
            + 0.7152 * linear(ground.getGreen())
            + 0.0722 * linear(ground.getBlue());
    return luminance > LIGHT ? new Color(0x080808) : new Color(0xFDFDFD);
  }

  private static double linear(int channel) {
    double share = channel / 255.0;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  }

  private static int mix(int from, int to, double part) {
    return (int) Math.round(from + part * (to - from));
  }
}
