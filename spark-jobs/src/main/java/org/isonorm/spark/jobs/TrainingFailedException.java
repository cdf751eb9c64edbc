package org.isonorm.spark.jobs;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Training on an executor failed; holds what is known of it as text. */
public final class TrainingFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String trace;

  public TrainingFailedException(String message, String trace) {
    super(message);
    this.trace = trace;
  }

  /** The stack trace of the executor. */
  public String trace() {
    return trace;
  }

  /**
   * What an error comes down to, on one line: this project's own sentence if there is one in the
   * chain of causes, else the innermost error.
   */
  public static String cause(Throwable error) {
    Throwable root = error;
    for (Throwable link = error; link != null; link = link.getCause()) {
      String message = firstLine(link);
      if (OwnSentence.is(message)) {
        return message;
      }
      root = link;
    }
    String message = firstLine(root);
    String name = root.getClass().getSimpleName();
    return message.isEmpty() ? name : name + ": " + message;
  }

  private static String firstLine(Throwable error) {
    return ForeignErrors.message(error).strip().lines().findFirst().orElse("");
  }

  /** The stack trace of an error as text: the executor's own where it failed there. */
  public static String trace(Throwable error) {
    if (error instanceof TrainingFailedException failed) {
      return failed.trace();
    }
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
