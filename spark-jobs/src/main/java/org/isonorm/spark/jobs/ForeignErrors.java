package org.isonorm.spark.jobs;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;

/** What others' errors say, in sentences of ours. */
public final class ForeignErrors {
  /** The operating system's words for a full disk. */
  private static final String NO_SPACE = "No space left on device";

  /** Java 24's words to a Hadoop before 3.4.3. */
  private static final String NO_SUBJECT = "getSubject is not supported";

  /** Scala's words, as in "Futures timed out after [120 seconds]". */
  private static final Pattern TIMED_OUT = Pattern.compile("^Futures timed out after \\[(.+?)\\]");

  private ForeignErrors() {}

  /** What an error says: a sentence with a remedy where it is known, else its message, or "". */
  public static String message(Throwable error) {
    if (error instanceof NoSuchFileException missing) {
      return String.format(Locale.ROOT, "Cannot read %s: no such file", missing.getFile());
    }
    if (error instanceof AccessDeniedException denied) {
      return String.format(Locale.ROOT, "Cannot access %s: permission denied", denied.getFile());
    }
    if (error instanceof FileSystemException other && other.getReason() != null) {
      return String.format(Locale.ROOT, "Cannot access %s: %s", other.getFile(), other.getReason());
    }
    if (error instanceof InvalidPathException path) {
      return String.format(
          Locale.ROOT,
          "Invalid path: %s (%s; is the locale one of UTF-8, as by LC_ALL=C.UTF-8?)",
          path.getInput(),
          path.getReason());
    }
    if (error instanceof URISyntaxException uri) {
      return String.format(
          Locale.ROOT,
          "Invalid path: %s (must be a path, or a URI such as hdfs://host:8020/folder; put ./ before a name with a colon)",
          uri.getInput());
    }
    if (error instanceof UnsupportedFileSystemException) {
      return String.format(
          Locale.ROOT,
          "Cannot open a path: %s on the class path (s3a: needs --packages org.apache.hadoop:hadoop-aws:%s)",
          error.getMessage(),
          VersionInfo.getVersion());
    }
    if (error instanceof OutOfMemoryError) {
      return String.format(
          Locale.ROOT,
          "Cannot go on: out of memory (%s; raise ISONORM_HEAP or ISONORM_OFF_HEAP, or lower training.global-batch-size)",
          error.getMessage());
    }
    if (error instanceof UnsupportedOperationException && NO_SUBJECT.equals(error.getMessage())) {
      return String.format(
          Locale.ROOT,
          "Cannot run on Java %d: Hadoop %s of this Spark runs on Java 23 at most (set JAVA_HOME to JDK 17 or 21, or unset SPARK_HOME)",
          Runtime.version().feature(),
          VersionInfo.getVersion());
    }
    if (error instanceof IOException && NO_SPACE.equals(error.getMessage())) {
      return "Cannot write: no space left on device (free some, or set spark.local.dir to a larger disk; go on with --resume)";
    }
    String message = error.getMessage() == null ? "" : error.getMessage();
    if (error instanceof TimeoutException) {
      Matcher waited = TIMED_OUT.matcher(message);
      if (waited.find()) {
        return String.format(
            Locale.ROOT,
            "Cannot go on: Spark did not answer for %s, as where a process is halted or its machine overloaded (try again, or raise spark.network.timeout)",
            waited.group(1));
      }
    }
    return message;
  }
}
