package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  private static final int SIZE = 1_000;

  @Test
  void holdsEveryRowOnce() {
    assertThat(IntStream.of(EpochOrder.rows(SIZE, 1, 0, 0)).sorted().toArray())
        .isEqualTo(IntStream.range(0, SIZE).toArray());
  }

  @Test
  void repeatsForTheSameArgumentsAndForNoOthers() {
    int[] order = EpochOrder.rows(SIZE, 1, 2, 3);
    assertThat(EpochOrder.rows(SIZE, 1, 2, 3)).isEqualTo(order);
    assertThat(EpochOrder.rows(SIZE, 2, 2, 3)).isNotEqualTo(order);
    assertThat(EpochOrder.rows(SIZE, 1, 3, 3)).isNotEqualTo(order);
    assertThat(EpochOrder.rows(SIZE, 1, 2, 4)).isNotEqualTo(order);
  }

  /**
   * All 24 orders of four rows are equally frequent: Pearson's χ² with 23 degrees of freedom
   * exceeds 49.7 in one of a thousand seeds, and the epochs here are fixed.
   */
  @Test
  void favoursNoOrder() {
    int epochs = 24_000;
    int[] counts = new int[256];
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = EpochOrder.rows(4, 5, epoch, 0);
      counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    double expected = epochs / 24.0;
    double chiSquare =
        Arrays.stream(counts)
            .filter(count -> count > 0)
            .mapToDouble(count -> (count - expected) * (count - expected) / expected)
            .sum();
    assertThat(Arrays.stream(counts).filter(count -> count > 0)).hasSize(24);
    assertThat(chiSquare).isLessThan(49.7);
  }

  @Test
  void refusesANegativeSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EpochOrder.rows(-1, 1, 0, 0))
        .withMessage("Invalid shard size: -1 (must be >= 0)");
  }
}
