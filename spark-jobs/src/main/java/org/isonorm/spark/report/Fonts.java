package org.isonorm.spark.report;

import java.awt.Font;
import java.io.IOException;
import java.util.Optional;

/** Whether this Java can set letters, without which there is no figure: a slim image cannot. */
final class Fonts {
  private static final String NONE = "this Java has no fonts";
  private static final String REMEDY = "install fontconfig and a font such as DejaVu";

  private static final boolean THERE = canSet("0");

  private Fonts() {}

  static boolean areThere() {
    return THERE;
  }

  /** What is said of a report that could have figures. */
  static Optional<String> problem() {
    return THERE
        ? Optional.empty()
        : Optional.of(
            "Cannot draw the report's figures: "
                + NONE
                + " ("
                + REMEDY
                + ", then write the report again with isonorm report DIR)");
  }

  /** What stands in the place of a figure. */
  static String sentence() {
    return "This Java has no fonts (" + REMEDY + ").";
  }

  /**
   * Checks that a drawing can be made.
   *
   * @throws IOException if not
   */
  static void check() throws IOException {
    if (!THERE) {
      throw new IOException("Cannot draw plots: " + NONE + " (" + REMEDY + ")");
    }
  }

  private static boolean canSet(String text) {
    try {
      return Letters.width(new Font(Font.SANS_SERIF, Font.PLAIN, 12), text) > 0;
    } catch (LinkageError | InternalError | RuntimeException e) {
      // A library that is not there, or no font: Java 17 and 25 say it in different ways.
      return false;
    }
  }
}
