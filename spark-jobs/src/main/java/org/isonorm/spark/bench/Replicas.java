package org.isonorm.spark.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isonorm.spark.jobs.FailedWork;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Replicas side by side in this process, each on a thread of its own, as local training has them.
 */
final class Replicas<R> implements AutoCloseable {
  private record Replica<R>(ExecutorService thread, R state) {}

  private final List<Replica<R>> replicas = new ArrayList<>();

  /**
   * Builds the replicas.
   *
   * @param threads threads of each one's kernels
   */
  Replicas(int workers, int threads, Supplier<R> build) {
    Nd4j.getEnvironment(); // ND4J must be loaded before its threads are set.
    for (int worker = 0; worker < workers; worker++) {
      ExecutorService thread = thread("isonorm-bench-" + worker);
      try {
        replicas.add(
            new Replica<>(
                thread,
                await(
                    thread.submit(
                        () -> {
                          // Holds for this thread alone.
                          NativeOpsHolder.getInstance()
                              .getDeviceNativeOps()
                              .setOmpNumThreads(threads);
                          return build.get();
                        }))));
      } catch (RuntimeException | Error e) {
        thread.shutdown();
        close();
        throw e;
      }
    }
  }

  /** Lets all of them work at once, and waits for the last. */
  <T> List<T> run(Function<R, T> work) {
    List<Future<T>> results = new ArrayList<>();
    for (Replica<R> replica : replicas) {
      results.add(replica.thread().submit(() -> work.apply(replica.state())));
    }
    return results.stream().map(Replicas::await).toList();
  }

  @Override
  public void close() {
    replicas.forEach(replica -> replica.thread().shutdown());
  }

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a replica was working", e);
    } catch (ExecutionException e) {
      throw FailedWork.of(e);
    }
  }
}
