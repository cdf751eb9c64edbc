package org.isonorm.spark.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.hadoop.util.ShutdownHookManager;
import org.isonorm.spark.jobs.StopRequest;
import org.isonorm.spark.storage.ShellLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a command in order when a signal ends the process (Ctrl-C, SIGTERM, SIGHUP): its jobs are
 * cancelled, it saves what it has, and one sentence says how to go on. Java's exit code is then 128
 * and the signal's number.
 */
final class StopSignals implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(StopSignals.class);

  /** The exit code of Ctrl-C, for commands that find out by themselves. */
  static final int STOPPED = 130;

  /** Before Spark's, which would take the cluster away from the command. */
  private static final int PRIORITY = 1_000;

  /** Set by spark-submit. */
  private static final String MASTER = "spark.master";

  private static final long POLL_MILLISECONDS = 100;

  /** A command with jobs saves a checkpoint; one without has nothing to save. */
  private static final long JOBS_SECONDS = 30;

  private static final long NO_JOBS_MILLISECONDS = 300;

  private static volatile Supplier<String> remedy = () -> "";

  private final PrintWriter err;
  private final CountDownLatch ended = new CountDownLatch(1);

  StopSignals(PrintWriter err) {
    this.err = err;
  }

  /** Takes care of the signals of this process from now on. */
  static StopSignals install(PrintWriter err) {
    StopSignals signals = new StopSignals(err);
    ShutdownHookManager.get()
        .addShutdownHook(signals, PRIORITY, 2 * JOBS_SECONDS, TimeUnit.SECONDS);
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          // Threads of Spark's that are stopped at work say so by a stack trace.
          if (StopRequest.isMade()) {
            log.debug("Thread {} was stopped", thread.getName(), e);
          } else if (before != null) {
            before.uncaughtException(thread, e);
          } else {
            err.println("Exception in thread \"" + thread.getName() + '"');
            e.printStackTrace(err);
          }
        });
    return signals;
  }

  /**
   * Says how a command that is stopped is gone on with.
   *
   * @param sentence as in "go on with: isonorm train --resume --output runs/a"; asked for at the
   *     end
   */
  static void remedy(Supplier<String> sentence) {
    remedy = sentence;
  }

  /**
   * Says how a command that is stopped is gone on with, once it wrote its configuration.
   *
   * @param words of the command that goes on, as in train --resume --output runs/a
   */
  static void resumable(Path config, Object... words) {
    remedy(() -> Files.exists(config) ? "go on with: " + command(words) : "nothing was written");
  }

  /**
   * Says that a command that is stopped leaves its output as it is now.
   *
   * @param out a folder that is written whole or not at all
   */
  static void unchanged(Path out) {
    String sentence = Files.exists(out) ? out + " is as it was" : "nothing was written";
    remedy(() -> sentence);
  }

  /** A command to copy that goes on with this one's work, on the cluster it was given. */
  static String command(Object... words) {
    List<Object> line = new ArrayList<>(List.of(words));
    String master = System.getProperty(MASTER);
    if (master != null) {
      Collections.addAll(line, "--master", master);
    }
    return ShellLine.isonorm(line.toArray());
  }

  /** The command has ended by itself. */
  void ended() {
    ended.countDown();
  }

  @Override
  public void run() {
    if (ended.getCount() == 0) {
      return;
    }
    // Spark's and Scala's threads print the stack traces of what is taken from them by the end of a
    // cluster whose tasks still run.
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    long start = System.nanoTime();
    try {
      do {
        // Again and again: a command may be about to start a job.
        StopRequest.make();
      } while (!ended.await(POLL_MILLISECONDS, TimeUnit.MILLISECONDS) && !isLate(start));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String next = remedy.get();
    err.println("isonorm: Stopped" + (next.isEmpty() ? "" : "; " + next));
    err.flush();
  }

  private static boolean isLate(long start) {
    long waited = System.nanoTime() - start;
    return waited
        > (StopRequest.hasJobs()
            ? TimeUnit.SECONDS.toNanos(JOBS_SECONDS)
            : TimeUnit.MILLISECONDS.toNanos(NO_JOBS_MILLISECONDS));
  }
}
