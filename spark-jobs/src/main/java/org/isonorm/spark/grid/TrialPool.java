package org.isonorm.spark.grid;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.isonorm.spark.grid.TrialQueue.Work;
import org.isonorm.spark.jobs.FailedWork;
import org.isonorm.spark.jobs.StopRequest;

/**
 * Keeps all slots busy until the queue is empty; each trial's result is on disk before the next one
 * starts in its slot. Lives on the driver.
 */
final class TrialPool {
  private static final long TICK_SECONDS = 30;
  private static final long STOP_SECONDS = 15;

  private final TrialQueue queue;
  private final TrialRunner runner;
  private final Listener listener;

  /** Told of every trial, from several threads. */
  interface Listener {
    /** A trial starts, or goes on. */
    void started(Trial trial);

    /** A trial ended; saves its result. */
    void ended(Trial trial, TrialResult result, double seconds) throws IOException;

    /** The first failure that is not a trial's own: no other trial starts, those that run end. */
    void failed(Exception failure);

    /** Some time has passed. */
    void tick();
  }

  TrialPool(TrialQueue queue, TrialRunner runner, Listener listener) {
    this.queue = queue;
    this.runner = runner;
    this.listener = listener;
  }

  /**
   * Runs all trials of the queue.
   *
   * @param slots trials at a time
   * @throws IOException if a result cannot be written; the trials that run end first
   */
  void run(int slots) throws IOException {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            slots,
            work -> {
              Thread thread = new Thread(work, "isonorm-grid");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int slot = 0; slot < slots; slot++) {
        futures.add(
            threads.submit(
                () -> {
                  work();
                  return null;
                }));
      }
      awaitAll(futures);
    } finally {
      threads.shutdown();
      awaitStopped(threads);
      threads.shutdownNow();
    }
  }

  /** Trials that were asked to stop save what they have. */
  private static void awaitStopped(ExecutorService threads) {
    if (StopRequest.isMade()) {
      try {
        threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void work() throws IOException, InterruptedException {
    try {
      Optional<Work> work = queue.next();
      while (work.isPresent()) {
        StopRequest.check();
        Trial trial = work.get().trial();
        listener.started(trial);
        long start = System.nanoTime();
        TrialResult result = runner.run(trial, work.get().epochs());
        listener.ended(trial, result, (System.nanoTime() - start) / 1e9);
        queue.ended(work.get(), result);
        work = queue.next();
      }
    } catch (IOException | RuntimeException | Error e) {
      queue.stop();
      throw e;
    }
  }

  /** After a failure, too, the trials that run end, and save what they have, before it is told. */
  private void awaitAll(List<Future<?>> futures) throws IOException {
    Exception failure = null;
    for (Future<?> future : futures) {
      try {
        await(future);
      } catch (IOException | RuntimeException e) {
        if (StopRequest.isMade() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (failure == null) {
          failure = e;
          listener.failed(e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
  }

  private void await(Future<?> future) throws IOException {
    while (true) {
      try {
        future.get(TICK_SECONDS, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        listener.tick();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while trials were running", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failure) {
          throw failure;
        }
        if (e.getCause() instanceof UncheckedIOException failure) {
          throw failure.getCause();
        }
        throw FailedWork.of(e);
      }
    }
  }
}
