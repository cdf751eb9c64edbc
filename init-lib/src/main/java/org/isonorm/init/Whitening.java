package org.isonorm.init;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.isonorm.init.Distribution.Uniform;

/**
 * Filters whose outputs on the patches of images are uncorrelated and of mean square 1: with v_i
 * and λ_i the eigenvectors and eigenvalues of the patches' second moments, the largest first, there
 * are as many v_i / √(λ_i + ε) as half of the filters, then their negatives, so that an activation
 * loses neither sign (Jordan 2024, §3.1; Page 2018). Filters beyond twice the patch's values, which
 * have no eigenvector left, are drawn as the rule framework-default draws them. As a rule it knows
 * no images yet; {@link InitializationPlan#seeing} shows it some.
 *
 * @param filters those of eigenvectors, [pairs of them][in · height · width], once the patches were
 *     seen
 */
public record Whitening(Optional<float[]> filters) implements WeightSampler {
  static final String NAME = "whitening";

  /** Images whose patches are looked at, as published. */
  public static final int IMAGES = 5000;

  /** ε of the published code, for images of unit variance. */
  private static final double EPSILON = 5e-4;

  /** The start that patches make. */
  static Whitening of(PatchMoments patches, WeightShape shape) {
    SymmetricEigen eigen = SymmetricEigen.of(patches.matrix());
    int length = Math.toIntExact(shape.fan().in());
    int half = pairs(shape);
    float[] filters = new float[2 * half * length];
    for (int i = 0; i < half; i++) {
      double norm = 1 / Math.sqrt(Math.max(eigen.values()[i], 0) + EPSILON);
      for (int j = 0; j < length; j++) {
        float weight = (float) (norm * eigen.vectors()[i][j]);
        filters[i * length + j] = weight;
        filters[(half + i) * length + j] = -weight;
      }
    }
    return new Whitening(Optional.of(filters));
  }

  /**
   * The rule for a layer.
   *
   * @throws IllegalArgumentException if the layer does not read the images as its kernel lies
   */
  static Whitening rule(Site site) {
    boolean dense =
        site.layer()
            .geometry()
            .map(each -> each.dilationHeight() == 1 && each.dilationWidth() == 1)
            .orElse(true);
    if (!(site.first()
        && site.kind() == LayerKind.CONVOLUTION
        && site.layer().shape().groups() == 1
        && dense)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid rule: %s for layer %s (must be the first convolution, ungrouped and undilated; name it in an override and give the others another rule)",
              NAME,
              site.layer().name()));
    }
    return new Whitening(Optional.empty());
  }

  private static int pairs(WeightShape shape) {
    return Math.toIntExact(Math.min(shape.out() / 2, shape.fan().in()));
  }

  private static Uniform others(WeightShape shape) {
    return new Uniform(1. / (3 * shape.fan().in()));
  }

  @Override
  public String name() {
    return NAME;
  }

  /**
   * About the mean, which is 0; expected, as far as filters are drawn. Before patches were seen
   * what it is for patches that are white already: 1/n.
   */
  @Override
  public double variance(WeightShape shape) {
    if (filters.isEmpty()) {
      return 1. / shape.fan().in();
    }
    double squares = (shape.size() - filters.get().length) * others(shape).variance();
    for (float weight : filters.get()) {
      squares += (double) weight * weight;
    }
    return squares / shape.size();
  }

  @Override
  public double power(WeightShape shape) {
    return variance(shape);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if no patches were seen
   */
  @Override
  public void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    float[] seen =
        filters.orElseThrow(
            () ->
                new IllegalStateException(
                    "Cannot draw weights by whitening: the plan has seen no images (InitializationPlan.seeing)"));
    others(shape).fill(weights, generator);
    System.arraycopy(seen, 0, weights, 0, seen.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Whitening that
        && Arrays.equals(filters.orElse(null), that.filters.orElse(null));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(filters.orElse(null));
  }
}
