package org.isonorm.spark.jobs;

import java.util.regex.Pattern;

/** Tells this project's own messages, each a sentence with a remedy, from those of others. */
public final class OwnSentence {
  private static final Pattern FIRST_WORD =
      Pattern.compile(
          "(Invalid|Cannot|Unsupported|Unknown|Missing|Training)[ :].*", Pattern.DOTALL);

  private OwnSentence() {}

  /** Whether a message is one. */
  public static boolean is(String message) {
    return FIRST_WORD.matcher(message).matches();
  }
}
