package org.isonorm.spark.storage;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Commands as advice shows them, to be copied into a shell. */
public final class ShellLine {
  /** What no shell takes for more than itself. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}@%+=:,./_-]+");

  private ShellLine() {}

  /** The words of a command, each of which the shell hands on as it is here. */
  public static String of(Object... words) {
    return Stream.of(words).map(word -> quoted(word.toString())).collect(Collectors.joining(" "));
  }

  /** A command of ours as the user calls it: {@code bin/isonorm} says how it was called itself. */
  public static String isonorm(Object... words) {
    String called = System.getenv().getOrDefault("ISONORM_COMMAND", "isonorm");
    return of(Stream.concat(Stream.of(called), Stream.of(words)).toArray());
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
