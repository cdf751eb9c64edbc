package org.isonorm.network.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SharedWorkTest {

  /** A way to have work done. */
  interface Threads {
    void run(int shares, Consumer<SharedWork.Share> work);
  }

  static Stream<Arguments> threads() {
    Threads java = SharedWork::runOnJavaThreads;
    return Stream.concat(
        Stream.of(arguments(named("Java's", java))),
        OpenMpThreads.find().stream()
            .map(found -> arguments(named("OpenMP's", SharedWorkTest.of(found)))));
  }

  private static Threads of(OpenMpThreads found) {
    return (shares, work) -> assertThat(SharedWork.runOn(found, shares, work)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("threads")
  void everyItemIsOneSharesAlone(Threads threads) {
    for (int shares : new int[] {1, 2, 3, 7}) {
      everyItemIsOneSharesAlone(threads, shares);
    }
  }

  private static void everyItemIsOneSharesAlone(Threads threads, int shares) {
    AtomicIntegerArray times = new AtomicIntegerArray(11);
    threads.run(
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

  @ParameterizedTest
  @MethodSource("threads")
  void sharesWaitForEachOther(Threads threads) {
    int phases = 50;
    AtomicIntegerArray done = new AtomicIntegerArray(phases);
    threads.run(
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
  @MethodSource("threads")
  void theFailureOfAShareEndsTheOthersAndIsTheCause(Threads threads) {
    for (int failing = 0; failing < 3; failing++) {
      theFailureOfAShareEndsTheOthersAndIsTheCause(threads, failing);
    }
  }

  private static void theFailureOfAShareEndsTheOthersAndIsTheCause(Threads threads, int failing) {
    RuntimeException failure = new ArithmeticException("no such tile");
    assertThatThrownBy(
            () ->
                threads.run(
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

  @ParameterizedTest
  @MethodSource("threads")
  void interruptionWaitsForTheOthersAndIsKept(Threads threads) {
    Thread.currentThread().interrupt();
    AtomicIntegerArray done = new AtomicIntegerArray(2);
    threads.run(2, share -> done.incrementAndGet(share.index()));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done.get(1)).isOne();
  }

  @ParameterizedTest
  @MethodSource("threads")
  void callersDoNotMeet(Threads threads) throws Exception {
    int callers = 4;
    AtomicIntegerArray done = new AtomicIntegerArray(callers * 3);
    ExecutorService pool = Executors.newFixedThreadPool(callers);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int caller = 0; caller < callers; caller++) {
        int first = 3 * caller;
        results.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    threads.run(
                        3,
                        share -> {
                          done.incrementAndGet(first + share.index());
                          share.awaitOthers();
                        });
                  }
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    } finally {
      pool.shutdownNow();
    }
    for (int i = 0; i < done.length(); i++) {
      assertThat(done.get(i)).isEqualTo(100);
    }
  }

  @Test
  void javaCallsTheThreadsOfOneDnnOnLinux() {
    assumeTrue(System.getProperty("os.name").equals("Linux"));

    assertThat(OpenMpThreads.find()).isPresent();
  }
}
