package org.isonorm.network.kernel;

import java.util.Locale;

/** The conditions the shape records share. */
public final class Checks {

  private Checks() {}

  public static void positive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be >= 1)", what, value));
    }
  }

  static void notNegative(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be >= 0)", what, value));
    }
  }

  static void windowFits(String what, int window, int dilation, int in, int padding, int extra) {
    int extent = (window - 1) * dilation + 1;
    if (extent > in + 2 * padding + extra) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s size: %s (an input of %s with a padding of %s is smaller)",
              what,
              extent,
              in,
              padding));
    }
  }

  /** How many windows fit along one axis, padded on both sides and by some more at its end. */
  static int windows(int window, int dilation, int stride, int in, int padding, int extra) {
    return (in + 2 * padding + extra - (window - 1) * dilation - 1) / stride + 1;
  }

  public static void range(long from, long to, long length) {
    if (from < 0 || to < from || to > length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid range: [%s, %s) (must lie in [0, %s))", from, to, length));
    }
  }

  /** The length of each of so many units that together fill [from, to). */
  public static int unitLength(long from, long to, long length, int units) {
    range(from, to, length);
    positive("number of units", units);
    if ((to - from) % units != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid number of units: %s (must divide the %s elements)",
              units,
              to - from));
    }
    return Math.toIntExact((to - from) / units);
  }
}
