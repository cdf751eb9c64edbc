package org.isonorm.init;

import java.util.regex.Pattern;

/** Names of layers with wildcards, as in {@code stage1.*}. */
public final class LayerNames {
  private LayerNames() {}

  /**
   * Whether a layer is one of those a pattern names.
   *
   * @param pattern {@code *} stands for any characters and {@code ?} for one
   */
  public static boolean match(String pattern, String layer) {
    StringBuilder expression = new StringBuilder();
    for (char c : pattern.toCharArray()) {
      expression.append(
          switch (c) {
            case '*' -> ".*";
            case '?' -> ".";
            default -> Pattern.quote(String.valueOf(c));
          });
    }
    return layer.matches(expression.toString());
  }
}
