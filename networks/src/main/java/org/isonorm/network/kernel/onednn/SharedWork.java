package org.isonorm.network.kernel.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One piece of work done by several threads at once, the caller among them. What a thread does
 * depends on its share alone and not on when it runs, so that results repeat bit for bit.
 */
public final class SharedWork {
  /** Threads of Java's: as many as are asked for at a time; idle ones end after a minute. */
  private static final ExecutorService HELPERS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "isonorm-kernel");
            thread.setDaemon(true);
            return thread;
          });

  /** Tries before a waiting thread lets others have its processor. */
  private static final int SPINS = 10_000;

  private final int shares;
  private final AtomicInteger arrivals = new AtomicInteger();

  /** What stopped a share, if anything did. */
  private volatile Throwable failure;

  private SharedWork(int shares) {
    this.shares = shares;
  }

  /** Loaded at the first work. */
  private static final class Team {
    static final Optional<OpenMpThreads> OPEN_MP = OpenMpThreads.find();
  }

  /**
   * Returns when all shares are done, by oneDNN's threads where Java can call them.
   *
   * @param shares how many threads work; each must run for {@link Share#awaitOthers} to return
   */
  public static void run(int shares, Consumer<Share> work) {
    boolean alone = shares == 1;
    if (alone || Team.OPEN_MP.isEmpty() || !runOn(Team.OPEN_MP.get(), shares, work)) {
      runOnJavaThreads(shares, work);
    }
  }

  /** The same by oneDNN's threads; false, and nothing is done, if there are not as many. */
  static boolean runOn(OpenMpThreads threads, int shares, Consumer<Share> work) {
    SharedWork shared = new SharedWork(shares);
    boolean done = threads.run(shares, index -> shared.run(work, shared.new Share(index)));
    shared.throwFailure();
    return done;
  }

  /** The same by threads of Java's own. */
  static void runOnJavaThreads(int shares, Consumer<Share> work) {
    new SharedWork(shares).run(work);
  }

  private void run(Consumer<Share> work) {
    List<Future<?>> helpers = new ArrayList<>();
    try {
      for (int index = 1; index < shares; index++) {
        Share share = new Share(index);
        helpers.add(HELPERS.submit(() -> run(work, share)));
      }
      run(work, new Share(0));
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      // The others may still write into memory that the caller would free.
      helpers.forEach(SharedWork::await);
    }
    throwFailure();
  }

  private void throwFailure() {
    if (failure != null) {
      throw new IllegalStateException("Cannot compute: a share of the work failed", failure);
    }
  }

  private void run(Consumer<Share> work, Share share) {
    try {
      work.accept(share);
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    }
  }

  private static void await(Future<?> helper) {
    boolean interrupted = false;
    while (true) {
      try {
        helper.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What one thread does of the work. */
  public final class Share {
    private final int index;
    private int waits;

    private Share(int index) {
      this.index = index;
    }

    public int index() {
      return index;
    }

    /** The first of {@code count} items that are this share's. */
    public int from(int count) {
      return (int) ((long) count * index / shares);
    }

    /** The item behind the last that is this share's. */
    public int to(int count) {
      return (int) ((long) count * (index + 1) / shares);
    }

    /** Waits until all shares have come as far. */
    public void awaitOthers() {
      arrivals.incrementAndGet();
      waits++;
      for (int tries = 0; arrivals.get() < waits * shares; tries++) {
        if (failure != null) {
          throw new IllegalStateException("Cannot go on: another share of the work failed");
        }
        if (tries < SPINS) {
          Thread.onSpinWait();
        } else {
          Thread.yield();
        }
      }
    }
  }
}
