package org.isonorm.data.reading;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of this process that read and decode for all of its streams, beside computing. They
 * end when nothing is to be done. Work waits for no other work here.
 */
final class DecoderThreads {
  private static final long IDLE_SECONDS = 5;

  /** Decode: as many as there are processors. */
  static final ExecutorService DECODERS =
      pool("isonorm-decoder-", Runtime.getRuntime().availableProcessors());

  /** Read: a stream has at most two windows on their way, and most of reading is waiting. */
  static final ExecutorService READERS = pool("isonorm-reader-", Integer.MAX_VALUE);

  private DecoderThreads() {}

  private static ExecutorService pool(String name, int most) {
    AtomicInteger number = new AtomicInteger();
    boolean bounded = most < Integer.MAX_VALUE;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            bounded ? most : 0,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            bounded ? new LinkedBlockingQueue<>() : new SynchronousQueue<>(),
            work -> {
              Thread thread = new Thread(work, name + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Waits for what is done here.
   *
   * @throws IOException in its sentence, if it failed
   */
  static <T> T await(Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Interrupted while examples were read");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException sentence) {
        throw new IOException(sentence.getMessage(), e);
      }
      throw new IllegalStateException("Cannot read examples", e);
    }
  }
}
