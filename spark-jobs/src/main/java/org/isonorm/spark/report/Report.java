package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The report of whatever a folder holds: a run, a grid, or several of them. */
public final class Report {
  private Report() {}

  /**
   * Writes report.html into a folder, in place of an earlier one.
   *
   * @return the file written
   * @throws IllegalArgumentException if the folder holds neither a run nor a grid nor a tested run
   *     below it
   * @throws IOException if a file cannot be read or is malformed (the message names file and line),
   *     or the page cannot be written
   */
  public static Path render(Path folder) throws IOException {
    if (Files.exists(folder.resolve(GridFiles.SUMMARY)) || isNewGrid(folder)) {
      return GridReport.render(folder);
    }
    if (!Files.isDirectory(folder) || Files.exists(folder.resolve("config.conf"))) {
      return RunReport.render(folder);
    }
    List<TestResult> results = TestResult.in(folder);
    if (results.isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid run folder: %s (it has no config.conf, and no tested run is below it; give the folder that a training run or a grid wrote, or one of several)"
              .formatted(folder));
    }
    return TablesReport.render(folder, results);
  }

  private static boolean isNewGrid(Path folder) {
    return Files.isDirectory(folder.resolve("trials"))
        && Files.exists(folder.resolve("config.conf"));
  }
}
