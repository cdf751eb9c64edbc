package org.isonorm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
  /** Stored data sets and recorded runs depend on these numbers. */
  @Test
  void neverChanges() {
    assertThat(RandomStream.AUGMENTATION.generator(1, 2, 3).nextLong())
        .isEqualTo(AUGMENTATION_1_2_3);
    assertThat(Permutation.sample(8, RandomStream.STORED_ORDER.generator(1, 0, 0)))
        .containsExactly(STORED_ORDER_1);
  }

  @Test
  void everyArgumentNamesAnotherStream() {
    Set<Long> firsts = new HashSet<>();
    int streams = 0;
    for (RandomStream purpose : RandomStream.values()) {
      for (long seed = -2; seed <= 2; seed++) {
        for (long a = 0; a < 20; a++) {
          for (long b = 0; b < 20; b++) {
            firsts.add(purpose.generator(seed, a, b).nextLong());
            streams++;
          }
        }
      }
    }
    assertThat(firsts).hasSize(streams);
  }

  private static final long AUGMENTATION_1_2_3 = 1134958884804298194L;
  private static final int[] STORED_ORDER_1 = {6, 5, 2, 3, 7, 4, 0, 1};
}
