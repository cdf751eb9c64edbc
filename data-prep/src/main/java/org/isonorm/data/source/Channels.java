package org.isonorm.data.source;

import java.util.Locale;

/**
 * Makes other channels of pixels, as Pillow's {@code convert} does: 1 is grey, 3 are red, green and
 * blue, 4 are these and transparency. Two have no meaning of their own, and stay what they are.
 */
final class Channels {
  private static final int GREY = 1;
  private static final int RGB = 3;
  private static final int RGBA = 4;

  /**
   * Weights of red, green and blue in a grey level, in 65,536ths (ITU-R BT.601), as Pillow's {@code
   * convert("L")} has them; a grey pixel keeps its level.
   */
  private static final int RED = 19_595;

  private static final int GREEN = 38_470;
  private static final int BLUE = 7_471;
  private static final int HALF = 1 << 15;
  private static final int SHIFT = 16;

  private Channels() {}

  /** Whether images of so many channels become images of so many others. */
  static boolean isPossible(int from, int to) {
    boolean isColour = from == RGB || from == RGBA;
    return from == to || to == RGB && (from == GREY || isColour) || to == GREY && isColour;
  }

  /**
   * Converts pixels that lie one after the other, as many as fit into {@code out}.
   *
   * @throws IllegalArgumentException if it is not possible
   */
  static void convert(byte[] in, int from, byte[] out, int to) {
    if (!isPossible(from, to)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid channels: %d (cannot be made of images of %d)", to, from));
    }
    int pixels = Math.floorDiv(out.length, to);
    if (from == to) {
      System.arraycopy(in, 0, out, 0, out.length);
    } else if (to == GREY) {
      for (int i = 0, at = 0; i < pixels; i++, at += from) {
        int sum = RED * (in[at] & 0xff) + GREEN * (in[at + 1] & 0xff) + BLUE * (in[at + 2] & 0xff);
        out[i] = (byte) ((sum + HALF) >> SHIFT);
      }
    } else {
      int step = from == GREY ? 0 : 1;
      for (int i = 0, at = 0; i < out.length; i += RGB, at += from) {
        out[i] = in[at];
        out[i + 1] = in[at + step];
        out[i + 2] = in[at + 2 * step];
      }
    }
  }
}
