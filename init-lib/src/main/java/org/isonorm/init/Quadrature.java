package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * Numerical integration by adaptive Gauss-Legendre quadrature: an interval is halved until its two
 * halves agree with the whole. An integrand that is smooth between the given break points costs no
 * halving; one with an unknown kink still converges.
 */
final class Quadrature {
  private static final int NODES = 15;
  private static final double[] POSITIONS = new double[NODES];
  private static final double[] WEIGHTS = new double[NODES];

  /** Agreement asked of an interval, relative to its integral; absolute below 1. */
  private static final double TOLERANCE = 1e-13;

  /** Halvings after which an interval is 1e-12 of what it was, and its integral what it is. */
  private static final int MAX_DEPTH = 40;

  /**
   * The density of N(0, 1) underflows beyond it, so an integrand of any exponential growth is
   * covered.
   */
  private static final int TAIL = 38;

  static {
    for (int i = 0; i < NODES; i++) {
      double x = Math.cos(Math.PI * (i + 0.75) / (NODES + 0.5));
      double derivative = 0;
      // Newton's method doubles the digits each time; the guess has two.
      for (int iteration = 0; iteration < 6; iteration++) {
        double previous = 0;
        double value = 1;
        for (int degree = 1; degree <= NODES; degree++) {
          double next = ((2 * degree - 1) * x * value - (degree - 1) * previous) / degree;
          previous = value;
          value = next;
        }
        derivative = NODES * (x * value - previous) / (x * x - 1);
        x -= value / derivative;
      }
      POSITIONS[i] = x;
      WEIGHTS[i] = 2 / ((1 - x * x) * derivative * derivative);
    }
  }

  private Quadrature() {}

  /**
   * E[f(x)] for x ~ N(0, σ²).
   *
   * @param breaks where f or its derivative jumps
   */
  static double normalExpectation(
      DoubleUnaryOperator f, double standardDeviation, List<Double> breaks) {
    DoubleUnaryOperator integrand =
        u -> f.applyAsDouble(standardDeviation * u) * NormalCurve.density(u);
    List<Double> bounds = new ArrayList<>();
    for (int bound = -TAIL; bound <= TAIL; bound++) {
      bounds.add((double) bound);
    }
    breaks.stream()
        .map(position -> position / standardDeviation)
        .filter(bound -> Math.abs(bound) < TAIL)
        .forEach(bounds::add);
    List<Double> sorted = bounds.stream().sorted().distinct().toList();
    double sum = 0;
    for (int i = 1; i < sorted.size(); i++) {
      sum += integral(integrand, sorted.get(i - 1), sorted.get(i));
    }
    return sum;
  }

  /** ∫ f(x) dx from one bound to the other; NaN or infinite where f is. */
  static double integral(DoubleUnaryOperator f, double from, double to) {
    return refine(f, from, to, gaussLegendre(f, from, to), MAX_DEPTH);
  }

  private static double refine(
      DoubleUnaryOperator f, double from, double to, double whole, int depth) {
    double middle = 0.5 * (from + to);
    double left = gaussLegendre(f, from, middle);
    double right = gaussLegendre(f, middle, to);
    double halves = left + right;
    boolean agree = Math.abs(halves - whole) <= TOLERANCE * Math.max(1, Math.abs(halves));
    if (agree || depth == 0 || !Double.isFinite(halves)) {
      return halves;
    }
    return refine(f, from, middle, left, depth - 1) + refine(f, middle, to, right, depth - 1);
  }

  private static double gaussLegendre(DoubleUnaryOperator f, double from, double to) {
    double middle = 0.5 * (from + to);
    double halfLength = 0.5 * (to - from);
    double sum = 0;
    for (int i = 0; i < NODES; i++) {
      sum += WEIGHTS[i] * f.applyAsDouble(middle + halfLength * POSITIONS[i]);
    }
    return sum * halfLength;
  }
}
