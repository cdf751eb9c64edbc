package org.isonorm.spark.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isonorm.spark.config.Secrets;
import org.isonorm.spark.jobs.ForeignErrors;
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
      String message = ForeignErrors.message(link);
      if (isOurs(link) || OwnSentence.is(message)) {
        return firstLine(message);
      }
    }
    for (Throwable link : chain) {
      String quoted = quotedFromTask(ForeignErrors.message(link));
      if (!quoted.isEmpty()) {
        return quoted;
      }
    }
    Throwable root = chain.get(chain.size() - 1);
    String message = firstLine(ForeignErrors.message(root));
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
