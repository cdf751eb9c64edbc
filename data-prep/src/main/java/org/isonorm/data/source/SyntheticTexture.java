package org.isonorm.data.source;

import java.util.Locale;

/**
 * The fillings of the synthetic data set: how far a point is from the first colour (0) to the
 * second (1), in the figure's frame, where its radius is about 1. A phase moves the pattern.
 */
enum SyntheticTexture {
  PLAIN {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return 0;
    }
  },
  STRIPED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return wave(u / 0.6 + phase);
    }
  },
  CHECKED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      double a = wave(u / 0.9 + phase);
      double b = wave(v / 0.9 + phase);
      return a + b - 2 * a * b;
    }
  },
  DOTTED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      double x = toCell(u / 0.55 + phase);
      double y = toCell(v / 0.55 + phase);
      return clamp(3 - 10 * Math.sqrt(x * x + y * y));
    }
  },
  SHADED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return clamp(0.5 + 0.6 * u);
    }
  },
  RINGED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return wave(Math.sqrt(u * u + v * v) / 0.5 + phase);
    }
  },
  HALVED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return clamp(0.5 + 6 * u);
    }
  },
  LATTICED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      double x = Math.abs(toCell(u / 0.6 + phase));
      double y = Math.abs(toCell(v / 0.6 + phase));
      return clamp(2.2 - 10 * Math.min(x, y));
    }
  },
  SPECKLED {
    /** Squares of .3, each light or dark by a hash of its row and column. */
    @Override
    double mix(double u, double v, double edge, double phase) {
      long cell =
          (long) Math.floor(u / 0.3) * 73_856_093L ^ (long) Math.floor(v / 0.3) * 19_349_663L;
      long hash = (cell + (long) (phase * 65_536)) * 0x9e3779b97f4a7c15L;
      return (hash >>> 62) / 3.0;
    }
  },
  RIMMED {
    @Override
    double mix(double u, double v, double edge, double phase) {
      return clamp(0.5 + 8 * (edge + 0.16));
    }
  };

  /**
   * The colour at a point.
   *
   * @param edge signed distance to the figure's outline, negative inside
   * @param phase 0 to 1
   */
  abstract double mix(double u, double v, double edge, double phase);

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A wave of period 1 with soft edges, half of it 0 and half 1. */
  private static double wave(double x) {
    return clamp(0.5 + 5 * (Math.abs(toCell(x)) - 0.25));
  }

  /** Distance to the nearest integer, −½ to ½. */
  private static double toCell(double x) {
    return x - Math.floor(x + 0.5);
  }

  private static double clamp(double x) {
    return Math.min(Math.max(x, 0), 1);
  }
}
