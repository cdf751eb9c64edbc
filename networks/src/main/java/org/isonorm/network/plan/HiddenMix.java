package org.isonorm.network.plan;

import java.util.Arrays;
import java.util.Locale;

/**
 * How the hidden states of a batch are mixed with each other behind a stage of the network: x_i
 * becomes λ x_i + (1 − λ) x_partner(i) (manifold mixup, Verma et al. 2019). The labels are mixed by
 * whoever makes them.
 *
 * @param stage behind which, from 1, as layers are named
 * @param lambda share of an image's own state, λ in [0, 1]
 * @param partners the image that each is mixed with: a permutation of the batch; not to be written
 *     to
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; the draws of one batch
public record HiddenMix(int stage, double lambda, int[] partners) {
  public HiddenMix {
    if (stage < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid stage: %d (must be >= 1)", stage));
    }
    if (!(lambda >= 0 && lambda <= 1)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid lambda: %s (must be in [0, 1])", lambda));
    }
    int[] sorted = partners.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      if (sorted[i] != i) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid partners: %s (must be a permutation of 0 to %d)",
                Arrays.toString(partners),
                partners.length - 1));
      }
    }
  }

  /** The image that each is the partner of. */
  int[] partnerOf() {
    int[] inverse = new int[partners.length];
    for (int i = 0; i < partners.length; i++) {
      inverse[partners[i]] = i;
    }
    return inverse;
  }
}
