package org.isonorm.spark.session;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of errors that hands stack traces to the log and passes on everything else. Threads of
 * Spark's and Scala's print one where they still wait for an executor that hangs when Spark ends.
 */
public final class TracesToLog extends PrintStream {
  /** Of libraries, whose warnings have their place in the log's configuration. */
  private static final Logger LOG = LoggerFactory.getLogger("stderr");

  /** Whether the lines that come are those of a stack trace; printing one holds this lock. */
  private boolean inTrace;

  TracesToLog(PrintStream screen) {
    super(screen, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }

  /**
   * Puts one in the place of {@code System.err}. What the log itself has for the screen goes there
   * directly, as the log is opened before.
   */
  public static void install() {
    System.setErr(new TracesToLog(System.err));
  }

  /** {@link Throwable#printStackTrace()} prints the error by this method, then line by line. */
  @Override
  public void println(Object line) {
    synchronized (this) {
      if (line instanceof Throwable error) {
        inTrace = true;
        LOG.warn("Thread {} printed an error", Thread.currentThread().getName(), error);
        return;
      }
      String text = String.valueOf(line);
      inTrace = inTrace && (text.startsWith("\t") || text.startsWith("Caused by: "));
      if (!inTrace) {
        super.println(text);
      }
    }
  }
}
