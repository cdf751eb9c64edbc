package org.isonorm.data.source;

import java.util.Locale;

/**
 * The figures of the synthetic data set, as signed distances in a frame where a figure's radius is
 * about 1: negative inside, 0 on the outline. None of them changes its class when mirrored or
 * turned.
 */
enum SyntheticShape {
  DISC {
    @Override
    double distance(double u, double v) {
      return length(u, v) - 0.85;
    }
  },
  RING {
    @Override
    double distance(double u, double v) {
      return Math.abs(length(u, v) - 0.7) - 0.22;
    }
  },
  SQUARE {
    @Override
    double distance(double u, double v) {
      return box(u, v, 0.75, 0.75);
    }
  },
  FRAME {
    @Override
    double distance(double u, double v) {
      return Math.abs(box(u, v, 0.62, 0.62)) - 0.2;
    }
  },
  TRIANGLE {
    @Override
    double distance(double u, double v) {
      return Math.max(-v, 0.5 * v + HALF_ROOT_3 * Math.abs(u)) - 0.55;
    }
  },
  CROSS {
    @Override
    double distance(double u, double v) {
      return Math.min(box(u, v, 0.95, 0.28), box(u, v, 0.28, 0.95));
    }
  },
  STAR {
    /**
     * Inside of a pentagram is what lies beyond at most one of its five lines: the second largest
     * distance decides.
     */
    @Override
    double distance(double u, double v) {
      double largest = Double.NEGATIVE_INFINITY;
      double second = Double.NEGATIVE_INFINITY;
      for (int line = 0; line < 5; line++) {
        double distance = u * PENTAGON_SIN[line] - v * PENTAGON_COS[line];
        second = Math.max(second, Math.min(largest, distance));
        largest = Math.max(largest, distance);
      }
      return second - 0.34;
    }
  },
  CRESCENT {
    @Override
    double distance(double u, double v) {
      return Math.max(length(u, v) - 0.95, 0.72 - length(u - 0.45, v));
    }
  },
  HEART {
    /** A square and a disc on each of two sides of it, standing on a corner. */
    @Override
    double distance(double u, double v) {
      double x = u + 0.15;
      double y = v + 0.15;
      double discs = Math.min(length(x - 0.5, y), length(x, y - 0.5)) - 0.5;
      return Math.min(box(x, y, 0.5, 0.5), discs);
    }
  },
  ARROW {
    @Override
    double distance(double u, double v) {
      double shaft = box(u + 0.45, v, 0.5, 0.2);
      double head = Math.max(-u, 0.66 * (u - 0.95) + 0.75 * Math.abs(v));
      return Math.min(shaft, head);
    }
  };

  private static final double HALF_ROOT_3 = Math.sqrt(3) / 2;
  private static final double[] PENTAGON_SIN = new double[5];
  private static final double[] PENTAGON_COS = new double[5];

  static {
    for (int line = 0; line < 5; line++) {
      PENTAGON_SIN[line] = StrictMath.sin(2 * StrictMath.PI * line / 5);
      PENTAGON_COS[line] = StrictMath.cos(2 * StrictMath.PI * line / 5);
    }
  }

  abstract double distance(double u, double v);

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static double length(double u, double v) {
    return Math.sqrt(u * u + v * v);
  }

  /** Distance to a rectangle, by the larger of the two excesses. */
  private static double box(double u, double v, double halfWidth, double halfHeight) {
    return Math.max(Math.abs(u) - halfWidth, Math.abs(v) - halfHeight);
  }
}
