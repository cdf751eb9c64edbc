package org.isonorm.network.kernel;

import java.lang.ref.ReferenceQueue;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.nd4j.linalg.api.memory.Deallocatable;
import org.nd4j.linalg.api.memory.deallocation.DeallocatableReference;
import org.nd4j.linalg.api.memory.deallocation.DeallocatorService;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the memory of ND4J's arrays for some seconds after the heap's collector has found them
 * unreachable.
 *
 * <p>ND4J 1.0.0-M2.1 frees it at once. But an operation may still be at it: once the address of an
 * operand is with native code nothing in the heap refers to the operand any more where it was
 * temporary, such as the axes of {@code addiRowVector} and {@code sum}. A collection in that moment
 * ended the process with SIGSEGV in {@code sd::DataBuffer::primary} (four threads that add rows
 * beside one that makes garbage last for seconds). No operation of a step takes {@link #GRACE}.
 */
public final class GarbageArrays {
  /** How long an array that nothing refers to stays, longer than an operation takes. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(GarbageArrays.class);
  private static boolean kept;

  private final ReferenceQueue<Deallocatable> unreachable;
  private final Map<String, DeallocatableReference> references;
  private final long grace;
  private final Queue<Aged> waiting = new ArrayDeque<>();

  GarbageArrays(
      ReferenceQueue<Deallocatable> unreachable,
      Map<String, DeallocatableReference> references,
      Duration grace) {
    this.unreachable = unreachable;
    this.references = references;
    this.grace = grace.toNanos();
  }

  /** An array's memory and when its array was seen to be garbage. */
  private record Aged(DeallocatableReference memory, long since) {}

  /**
   * Has ND4J's arrays of this process keep their memory for as long as an operation may use it.
   * Does nothing the second time, nor where ND4J was told to free nothing by itself.
   */
  public static synchronized void keepWhileUsed() {
    if (kept) {
      return;
    }
    kept = true;
    try {
      replaceThreads(Nd4j.getDeallocatorService());
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn(
          "Cannot delay how ND4J frees its arrays ({}): a collection of the heap in the middle of an operation may end the process",
          e.toString());
    }
  }

  /** Ends ND4J's threads, which wait for garbage, and takes what they wait for. */
  @SuppressWarnings("unchecked")
  private static void replaceThreads(DeallocatorService service)
      throws ReflectiveOperationException {
    Thread[] threads = (Thread[]) get(service, "deallocatorThreads");
    ReferenceQueue<Deallocatable>[] queues =
        (ReferenceQueue<Deallocatable>[]) get(service, "queues");
    Map<String, DeallocatableReference> references =
        (Map<String, DeallocatableReference>) get(service, "referenceMap");
    int devices = Nd4j.getAffinityManager().getNumberOfDevices();
    for (int i = 0; i < threads.length; i++) {
      if (threads[i] == null) {
        continue; // it frees nothing by itself
      }
      threads[i].interrupt();
      GarbageArrays garbage = new GarbageArrays(queues[i], references, GRACE);
      int device = i % devices;
      Thread thread = new Thread(() -> garbage.freeAll(device), threads[i].getName());
      thread.setDaemon(true);
      thread.setContextClassLoader(null); // a session's loader must not outlive it
      thread.start();
    }
  }

  private static Object get(DeallocatorService service, String name)
      throws ReflectiveOperationException {
    Field field = DeallocatorService.class.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(service);
  }

  private void freeAll(int device) {
    Nd4j.getAffinityManager().unsafeSetDevice(device);
    try {
      while (true) {
        freeNext();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for garbage or until the oldest has waited long enough, and frees what has. */
  void freeNext() throws InterruptedException {
    Aged oldest = waiting.peek();
    long left = oldest == null ? 0 : oldest.since() + grace - System.nanoTime();
    if (oldest != null && left <= 0) {
      waiting.remove();
      oldest.memory().getDeallocator().deallocate();
      references.remove(oldest.memory().getId());
      return;
    }
    // 0 means for ever.
    Object seen = unreachable.remove(Duration.ofNanos(left).toMillis() + (oldest == null ? 0 : 1));
    if (seen instanceof DeallocatableReference memory) {
      waiting.add(new Aged(memory, System.nanoTime()));
    }
  }

  /** The arrays that are garbage and not yet freed. */
  int waiting() {
    return waiting.size();
  }
}
