package org.isonorm.network.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class MemoryPlanTest {

  @Test
  void slotsUsedAtTheSameTimeLieApart() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 50; round++) {
      List<Slot> slots = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int from = random.nextInt(60);
        slots.add(slot(1 + random.nextInt(1000), from, from + random.nextInt(20)));
      }
      MemoryPlan plan = MemoryPlan.of(slots, 16);
      for (Slot a : slots) {
        long start = plan.offsets().get(a);
        assertThat(start % 16).isZero();
        assertThat(start + a.length()).isLessThanOrEqualTo(plan.length());
        for (Slot b : slots) {
          long other = plan.offsets().get(b);
          boolean apart = start + a.length() <= other || other + b.length() <= start;
          assertThat(a == b || !a.overlaps(b) || apart).isTrue();
        }
      }
    }
  }

  @Test
  void reusesWhatIsNoLongerRead() {
    Slot first = slot(1024, 0, 1);
    Slot second = slot(1024, 1, 2);
    Slot third = slot(1024, 2, 3);

    MemoryPlan plan = MemoryPlan.of(List.of(first, second, third), 16);

    assertThat(plan.length()).isEqualTo(2048);
    assertThat(plan.offsets().get(third)).isEqualTo(plan.offsets().get(first));
  }

  private static Slot slot(long length, int from, int to) {
    Slot slot = new Slot(DataType.FLOAT, length);
    slot.useAt(from);
    slot.useAt(to);
    return slot;
  }
}
