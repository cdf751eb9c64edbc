package org.isonorm.init;

/**
 * Fan-in n and fan-out m of a layer: how many products one output sums, and how many outputs one
 * input reaches.
 *
 * <p>The fan-out is the one of Zhang et al. 2022 (eqns 36 and 41): output channels × kernel area,
 * whatever the stride and the groups. The exact backward factor of a strided grouped convolution is
 * that divided by groups × stride height × stride width.
 *
 * @param in fan-in, n
 * @param out fan-out, m
 */
public record Fan(long in, long out) {
  public Fan {
    Checks.positive("fan-in", in);
    Checks.positive("fan-out", out);
  }

  /** Fan of a weight tensor: n = in / groups · height · width, m = out · height · width. */
  public static Fan of(WeightShape shape) {
    long area = (long) shape.height() * shape.width();
    return new Fan(shape.in() / shape.groups() * area, shape.out() * area);
  }
}
