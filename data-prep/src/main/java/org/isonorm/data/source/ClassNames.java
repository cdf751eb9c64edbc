package org.isonorm.data.source;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Names of classes that have none of their own, and how many classes there may be. */
public final class ClassNames {
  /** Most classes that a data set may have. */
  public static final int MOST = Short.MAX_VALUE;

  private ClassNames() {}

  /** Names of the classes 0 to the greatest. */
  public static List<String> numbered(int greatest) {
    return IntStream.rangeClosed(0, greatest).mapToObj(label -> "class " + label).toList();
  }

  /** What is wrong with a number of classes, as the end of a sentence; "" for nothing. */
  public static String problem(int classes) {
    return classes < 2 || classes > MOST
        ? String.format(
            Locale.ROOT,
            "it has %d class%s (must be 2 to %d)",
            classes,
            classes == 1 ? "" : "es",
            MOST)
        : "";
  }
}
