package org.isonorm.spark.jobs;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskEndReason;

/** Says why tasks and executors ended, with the setting to change where there is one. */
final class TaskFailures {
  private static final Pattern EXIT_CODE = Pattern.compile("exit(?:ed with)? code (\\d+)");

  /** How Spark ends a reason that is an error without words. */
  private static final Pattern UNKNOWN = Pattern.compile(" due to null$");

  /** Spark's own code of an executor whose heap was too small. */
  private static final int HEAP_EXHAUSTED = 52;

  private static final int SIGNAL = 128;
  private static final int ABORT = SIGNAL + 6;
  private static final int KILL = SIGNAL + 9;
  private static final int SEGMENTATION_FAULT = SIGNAL + 11;
  private static final int TERMINATE = SIGNAL + 15;

  private TaskFailures() {}

  /** Why a task failed, or nothing if its own error says so or it was told to end. */
  static Optional<String> reason(TaskEndReason reason) {
    if (reason instanceof ExceptionFailure failure
        && failure.className().equals(OutOfMemoryError.class.getName())) {
      return Optional.of(outOfMemory(failure.description()));
    }
    if (reason instanceof ExecutorLostFailure lost) {
      return Optional.of(
          "its executor was lost: "
              + lostReason(lost.reason().isDefined() ? lost.reason().get() : "no reason given"));
    }
    return Optional.empty();
  }

  /** What ran out, and what to raise: Java's heap, or the memory of arrays outside it. */
  private static String outOfMemory(String description) {
    String words = firstLine(description);
    boolean heap = words.contains("heap space") || words.contains("GC overhead");
    return String.format(
        Locale.ROOT,
        "out of memory: %s (%s, or lower training.global-batch-size%s)",
        words,
        heap
            ? "raise spark.executor.memory"
            : "raise spark.executor.memoryOverhead, which limits arrays outside the heap",
        heap ? " or use more workers" : "");
  }

  /** Why an executor was lost, with what its exit code means. */
  static String lostReason(String sparks) {
    String words = UNKNOWN.matcher(firstLine(sparks)).replaceFirst(", see its log");
    Matcher code = EXIT_CODE.matcher(words);
    String meaning = code.find() ? meaning(Integer.parseInt(code.group(1))) : "";
    return meaning.isEmpty() ? words : String.format(Locale.ROOT, "%s, %s", words, meaning);
  }

  private static String meaning(int exitCode) {
    return switch (exitCode) {
      case HEAP_EXHAUSTED -> "out of Java heap (raise spark.executor.memory)";
      case ABORT -> "aborted, see its log";
      case KILL ->
          "killed from outside, by the machine if its memory ran out (lower spark.executor.memory + spark.executor.memoryOverhead, or use fewer executors a machine)";
      case SEGMENTATION_FAULT -> "crashed in native code, see its log";
      case TERMINATE -> "told to end by its worker or resource manager";
      default -> "";
    };
  }

  private static String firstLine(String text) {
    return text == null ? "" : text.lines().findFirst().orElse("").strip();
  }
}
