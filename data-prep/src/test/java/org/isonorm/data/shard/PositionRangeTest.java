package org.isonorm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PositionRangeTest {
  @Test
  void splitsIntoConsecutivePartsWithLargerOnesFirst() {
    assertThat(new PositionRange(5, 16).split(3))
        .containsExactly(
            new PositionRange(5, 9), new PositionRange(9, 13), new PositionRange(13, 16));
  }

  @Test
  void refusesEmptyShards() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PositionRange(0, 3).split(4))
        .withMessage("Invalid number of shards: 4 (must be 1 to the 3 rows there are)");
    assertThatIllegalArgumentException().isThrownBy(() -> new PositionRange(0, 3).split(0));
  }

  @Test
  void refusesPositionsOutOfOrder() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PositionRange(4, 3))
        .withMessage("Invalid positions: 4 to 3 (must be 0 <= from <= to)");
    assertThatIllegalArgumentException().isThrownBy(() -> new PositionRange(-1, 3));
  }
}
