package org.isonorm.spark.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;
import org.isonorm.spark.config.Secrets;
import org.isonorm.spark.jobs.OwnSentence;

/** Says what went wrong in one sentence, whatever it was wrapped in on its way. */
final class Failure {
  /**
   * How Spark quotes the error of a task: "… (TID 7) (host executor 1): java.io.IOException: the
   * message".
   */
  private static final Pattern TASK =
      Pattern.compile(
          "(?:\\(TID \\d+\\) \\([^)]*\\): |Caused by: )([\\w.$]+(?:Exception|Error)): ([^\\n]+)");

  /** The operating system's words for a full disk. */
  private static final String NO_SPACE = "No space left on device";

  /** Java 24's words to a Hadoop before 3.4.3. */
  private static final String NO_SUBJECT = "getSubject is not supported";

  private Failure() {}

  /**
   * One sentence for an error: this project's own if there is one in the chain of causes, else the
   * root cause.
   */
  static String sentence(Throwable error) {
    return Secrets.withholdUsers(unredacted(error));
  }

  private static String unredacted(Throwable error) {
    List<Throwable> chain = chain(error);
    for (Throwable link : chain) {
      String message = message(link);
      if (isOurs(link) || OwnSentence.is(message)) {
        return firstLine(message);
      }
    }
    for (Throwable link : chain) {
      String quoted = quotedFromTask(message(link));
      if (!quoted.isEmpty()) {
        return quoted;
      }
    }
    Throwable root = chain.get(chain.size() - 1);
    String message = firstLine(message(root));
    String name = root.getClass().getSimpleName();
    return String.format(
        Locale.ROOT,
        "Cannot go on: %s%s (see the stack trace with %s)",
        name,
        message.isEmpty() ? "" : ": " + message,
        IsonormCommand.DEBUG);
  }

  private static boolean isOurs(Throwable error) {
    return error.getClass().getName().startsWith("org.isonorm.") && error.getMessage() != null;
  }

  private static List<Throwable> chain(Throwable error) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable link = error; link != null && !chain.contains(link); link = link.getCause()) {
      chain.add(link);
    }
    return chain;
  }

  private static String message(Throwable error) {
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
    return error.getMessage() == null ? "" : error.getMessage();
  }

  /** The innermost error of a task that Spark sent as text alone, or nothing. */
  private static String quotedFromTask(String message) {
    String sentence = "";
    Matcher matcher = TASK.matcher(message);
    while (matcher.find()) {
      String type = matcher.group(1);
      String words = matcher.group(2).strip();
      sentence =
          OwnSentence.is(words)
              ? words
              : String.format(
                  Locale.ROOT,
                  "Cannot go on: %s: %s (see the stack trace with %s)",
                  type.substring(type.lastIndexOf('.') + 1),
                  words,
                  IsonormCommand.DEBUG);
    }
    return sentence;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("").strip();
  }
}
