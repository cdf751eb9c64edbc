package org.isonorm.init;

/**
 * Fan-in and fan-out as the exact factors on a signal's power: means over the pixels of the image,
 * so not whole numbers in general.
 *
 * @param in products that one output sums, on average
 * @param out outputs that one input reaches, on average
 */
public record EffectiveFan(double in, double out) {
  public EffectiveFan {
    Checks.positiveAndFinite("effective fan-in", in);
    Checks.positiveAndFinite("effective fan-out", out);
  }
}
