package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Lines of a log that a run goes on with, which may have come to harm. */
final class LogLines {
  private LogLines() {}

  /** The lines of a file; bytes that are no UTF-8 become marks. */
  static List<String> of(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
  }

  /**
   * The whole number of a cell.
   *
   * @throws IOException in a sentence that names the file, if it is none
   */
  static long number(Path file, String cell) throws IOException {
    try {
      return Long.parseLong(cell);
    } catch (NumberFormatException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: '%s' must be a whole number (it is damaged; delete that line)",
              file,
              cell),
          e);
    }
  }
}
