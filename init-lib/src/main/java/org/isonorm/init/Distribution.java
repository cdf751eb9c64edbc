package org.isonorm.init;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The distribution that the weights of a layer are drawn from, independently of each other. All but
 * {@link Constant} have mean 0 and exactly the variance asked for.
 */
public sealed interface Distribution extends WeightSampler {

  /** The variance of a draw. */
  double variance();

  /** One draw. */
  double sample(RandomGenerator generator);

  /** Fills the array with draws, from the first element to the last. */
  default void fill(float[] values, RandomGenerator generator) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) sample(generator);
    }
  }

  @Override
  default void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    fill(weights, generator);
  }

  @Override
  default double variance(WeightShape shape) {
    return variance();
  }

  @Override
  default double power(WeightShape shape) {
    return variance();
  }

  /** The names {@link #named} knows. */
  static List<String> names() {
    return List.of("normal", "uniform", "truncated-normal");
  }

  /**
   * The zero-mean distribution of that name and variance.
   *
   * @throws IllegalArgumentException if the name is none of {@link #names()} or the variance is not
   *     > 0 and finite
   */
  static Distribution named(String name, double variance) {
    return switch (name) {
      case "normal" -> new Normal(variance);
      case "uniform" -> new Uniform(variance);
      case "truncated-normal" -> new TruncatedNormal(variance);
      default -> throw NearestName.unknown("distribution", name, names());
    };
  }

  /** N(0, variance). */
  record Normal(double variance) implements Distribution {
    public Normal {
      Checks.positiveAndFinite("variance", variance);
    }

    @Override
    public String name() {
      return "normal";
    }

    @Override
    public double sample(RandomGenerator generator) {
      return Math.sqrt(variance) * generator.nextGaussian();
    }
  }

  /** U(-limit, limit) with limit = √(3 · variance). */
  record Uniform(double variance) implements Distribution {
    public Uniform {
      Checks.positiveAndFinite("variance", variance);
    }

    /** The bound of the absolute value of a draw. */
    public double limit() {
      return Math.sqrt(3 * variance);
    }

    @Override
    public String name() {
      return "uniform";
    }

    @Override
    public double sample(RandomGenerator generator) {
      return limit() * (2 * generator.nextDouble() - 1);
    }
  }

  /**
   * A normal distribution cut at two of its standard deviations, where cutting is made up for: the
   * normal distribution that is cut has standard deviation √variance / .8796…, so that what remains
   * has the variance asked for. Drawn by rejection.
   */
  record TruncatedNormal(double variance) implements Distribution {
    private static final double CUT = 2;

    /** √(1 - 2·2·φ(2) / (2·Φ(2) - 1)), φ and Φ the density and distribution function of N(0, 1). */
    private static final double STANDARD_DEVIATION_WHEN_CUT = 0.879_625_661_034_239_8;

    public TruncatedNormal {
      Checks.positiveAndFinite("variance", variance);
    }

    /** The bound of the absolute value of a draw. */
    public double limit() {
      return CUT * Math.sqrt(variance) / STANDARD_DEVIATION_WHEN_CUT;
    }

    @Override
    public String name() {
      return "truncated-normal";
    }

    @Override
    public double sample(RandomGenerator generator) {
      double draw = generator.nextGaussian();
      while (Math.abs(draw) > CUT) {
        draw = generator.nextGaussian();
      }
      return draw * Math.sqrt(variance) / STANDARD_DEVIATION_WHEN_CUT;
    }
  }

  /** The same value everywhere, hence variance 0; draws nothing from the generator. */
  record Constant(double value) implements Distribution {
    public Constant {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid constant: %s (must be finite)", value));
      }
    }

    @Override
    public double variance() {
      return 0;
    }

    @Override
    public String name() {
      return "constant";
    }

    @Override
    public double power(WeightShape shape) {
      return value * value;
    }

    @Override
    public double sample(RandomGenerator generator) {
      return value;
    }
  }
}
