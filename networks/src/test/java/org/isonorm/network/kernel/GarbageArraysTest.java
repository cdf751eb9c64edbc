package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.memory.Deallocatable;
import org.nd4j.linalg.api.memory.Deallocator;
import org.nd4j.linalg.api.memory.deallocation.DeallocatableReference;
import org.nd4j.linalg.factory.Nd4j;

class GarbageArraysTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final ReferenceQueue<Deallocatable> queue = new ReferenceQueue<>();
  private final Map<String, DeallocatableReference> references = new HashMap<>();

  /** An array that counts how its memory is freed. */
  private record Memory(CountDownLatch freed) implements Deallocatable {
    @Override
    public String getUniqueId() {
      return "memory of a test";
    }

    @Override
    public Deallocator deallocator() {
      CountDownLatch latch = freed;
      return latch::countDown;
    }

    @Override
    public int targetDevice() {
      return 0;
    }
  }

  /** What the collector does where it finds that nothing refers to an array. */
  private CountDownLatch collected() {
    CountDownLatch freed = new CountDownLatch(1);
    DeallocatableReference reference = new DeallocatableReference(new Memory(freed), queue);
    references.put(reference.getId(), reference);
    reference.enqueue();
    return freed;
  }

  @Test
  void garbageWaitsForAsLongAsAnOperationMayUseIt() throws Exception {
    GarbageArrays garbage = new GarbageArrays(queue, references, LONG);
    CountDownLatch freed = collected();
    garbage.freeNext();
    assertThat(garbage.waiting()).isEqualTo(1);
    assertThat(freed.getCount()).as("not freed").isEqualTo(1);
    assertThat(references).hasSize(1);
  }

  @Test
  void thenItIsFreedOnce() throws Exception {
    GarbageArrays garbage = new GarbageArrays(queue, references, Duration.ofNanos(1));
    CountDownLatch freed = collected();
    garbage.freeNext(); // is seen
    garbage.freeNext(); // has waited
    assertThat(freed.getCount()).isZero();
    assertThat(garbage.waiting()).isZero();
    assertThat(references).isEmpty();
  }

  /** A young array must not hold up those that have waited. */
  @Test
  void theOldestIsFreedWhileOthersCome() throws Exception {
    GarbageArrays garbage = new GarbageArrays(queue, references, Duration.ofMillis(20));
    CountDownLatch first = collected();
    garbage.freeNext();
    Thread.sleep(30);
    CountDownLatch second = collected();
    garbage.freeNext();
    assertThat(first.getCount()).isZero();
    assertThat(second.getCount()).as("not freed").isEqualTo(1);
  }

  /** ND4J's own threads, which freed at once, are gone; its arrays are freed all the same. */
  @Test
  void nd4jsArraysAreKeptAndFreed() throws Exception {
    GarbageArrays.keepWhileUsed();
    CountDownLatch freed = new CountDownLatch(1);
    Nd4j.getDeallocatorService().pickObject(new Memory(freed));
    System.gc();
    assertThat(freed.await(500, TimeUnit.MILLISECONDS)).as("freed at once").isFalse();
    assertThat(freed.await(1, TimeUnit.MINUTES)).as("freed in the end").isTrue();
  }
}
