package org.isonorm.spark.report;

import java.awt.Font;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Whether this Java can set letters, without which there is no figure: a slim image cannot. */
final class Fonts {
  private static final String NONE = "this Java has no fonts";
  private static final String REMEDY = "install fontconfig and a font such as DejaVu";

  private static final boolean THERE =
      works(() -> Letters.width(new Font(Font.SANS_SERIF, Font.PLAIN, 12), "0") > 0);

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
      throw new IOException(
          "Cannot draw --plot: " + NONE + " (" + REMEDY + ", or leave --plot out)");
    }
  }

  /** Whether letters were set without an error. */
  static boolean works(BooleanSupplier setting) {
    try {
      return setting.getAsBoolean();
    } catch (RuntimeException | Error e) {
      if (e instanceof VirtualMachineError && !(e instanceof InternalError)) {
        throw e;
      }
      // A library that is not there, no font, or no fonts.conf either, which is an Error of no
      // kind of its own: Java says it in different ways.
      return false;
    }
  }
}
