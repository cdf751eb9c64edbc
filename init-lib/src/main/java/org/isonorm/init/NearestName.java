package org.isonorm.init;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Finds the valid name that a mistyped one probably meant, and says so. */
public final class NearestName {
  private static final int LONG_ENOUGH = 5;

  private NearestName() {}

  /**
   * The candidate nearest to the given name: one that the name abbreviates, else one that it
   * abbreviates but for one edit, else the one of least {@link #distance}; the first of several.
   * Letter case does not count.
   *
   * @throws IllegalArgumentException if there is no candidate
   */
  public static String of(String name, Collection<String> candidates) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return candidates.stream()
        .min(
            Comparator.comparing((String candidate) -> !abbreviates(wanted, candidate))
                .thenComparing(candidate -> !nearlyAbbreviates(wanted, candidate))
                .thenComparing(candidate -> distance(wanted, candidate.toLowerCase(Locale.ROOT))))
        .orElseThrow(
            () ->
                new IllegalArgumentException("Invalid candidates: none (must have at least one)"));
  }

  /**
   * The same where it is likely to be meant: abbreviated but for one edit, or with edits of at most
   * half of the longer name's letters, of which the dashes before an option are none.
   */
  public static Optional<String> near(String name, Collection<String> candidates) {
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    String nearest = of(name, candidates);
    String wanted = name.toLowerCase(Locale.ROOT);
    boolean likely =
        abbreviates(wanted, nearest)
            || nearlyAbbreviates(wanted, nearest)
            || 2 * distance(wanted, nearest.toLowerCase(Locale.ROOT))
                <= Math.max(letters(name), letters(nearest));
    return likely ? Optional.of(nearest) : Optional.empty();
  }

  private static int letters(String name) {
    return name.replaceFirst("^-+", "").length();
  }

  /**
   * The error for a name that is not one of the valid ones: {@code Invalid rule: xaver (did you
   * mean xavier? valid: …)}.
   */
  public static IllegalArgumentException unknown(
      String what, String name, Collection<String> valid) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid %s: %s (did you mean %s? valid: %s)",
            what,
            name,
            of(name, valid),
            String.join(", ", valid)));
  }

  /**
   * The one of that name.
   *
   * @param what it is, as in "rule"
   * @param nameOf the name of each
   * @throws IllegalArgumentException as {@link #unknown} makes it, if there is none
   */
  public static <T> T find(
      String what, String name, Collection<T> all, Function<? super T, String> nameOf) {
    return all.stream()
        .filter(each -> nameOf.apply(each).equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(what, name, all.stream().map(nameOf).toList()));
  }

  /**
   * Edits that turn one text into the other: insert, delete or replace a character, or swap two
   * neighbours (each pair once).
   */
  public static int distance(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        edits[i][j] = i == 0 || j == 0 ? i + j : leastEdits(edits, a, b, i, j);
      }
    }
    return edits[a.length()][b.length()];
  }

  private static int leastEdits(int[][] edits, String a, String b, int i, int j) {
    int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int least = Math.min(replace, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
  }

  private static boolean abbreviates(String name, String candidate) {
    return !name.isEmpty() && candidate.toLowerCase(Locale.ROOT).startsWith(name);
  }

  /** Of a few letters one edit leaves too little. */
  private static boolean nearlyAbbreviates(String name, String candidate) {
    String lower = candidate.toLowerCase(Locale.ROOT);
    return name.length() >= LONG_ENOUGH
        && IntStream.rangeClosed(name.length() - 1, name.length() + 1)
            .filter(length -> length <= lower.length())
            .anyMatch(length -> distance(name, lower.substring(0, length)) <= 1);
  }
}
