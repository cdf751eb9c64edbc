package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedWorkTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyItemIsOneSharesAlone(int shares) {
    AtomicIntegerArray times = new AtomicIntegerArray(11);
    SharedWork.run(
        shares,
        share -> {
          for (int i = share.from(times.length()); i < share.to(times.length()); i++) {
            times.incrementAndGet(i);
          }
        });
    for (int i = 0; i < times.length(); i++) {
      assertThat(times.get(i)).isOne();
    }
  }

  @Test
  void sharesWaitForEachOther() {
    int phases = 50;
    AtomicIntegerArray done = new AtomicIntegerArray(phases);
    SharedWork.run(
        3,
        share -> {
          for (int phase = 0; phase < phases; phase++) {
            done.incrementAndGet(phase);
            share.awaitOthers();
            if (done.get(phase) != 3) {
              throw new AssertionError("went on after %d of 3".formatted(done.get(phase)));
            }
          }
        });
    assertThat(done.get(phases - 1)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void theFailureOfAShareEndsTheOthersAndIsTheCause(int failing) {
    RuntimeException failure = new ArithmeticException("no such tile");
    assertThatThrownBy(
            () ->
                SharedWork.run(
                    3,
                    share -> {
                      if (share.index() == failing) {
                        throw failure;
                      }
                      share.awaitOthers();
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot compute: a share of the work failed")
        .hasCause(failure);
  }

  @Test
  void interruptionWaitsForTheOthersAndIsKept() {
    Thread.currentThread().interrupt();
    AtomicIntegerArray done = new AtomicIntegerArray(2);
    SharedWork.run(2, share -> done.incrementAndGet(share.index()));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done.get(1)).isOne();
  }
}
