package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The report of whatever a folder holds: a run, a grid, or several of them. */
public final class Report {
  private Report() {}

  /**
   * Writes report.html into a folder, in place of an earlier one.
   *
   * @return the file written
   * @throws IllegalArgumentException if the folder holds neither a run nor a grid nor a run below
   *     it
   * @throws IOException if a file cannot be read or is malformed (the message names file and line),
   *     or the page cannot be written
   */
  public static Path render(Path folder) throws IOException {
    if (isGrid(folder)) {
      return GridReport.render(folder);
    }
    if (!Files.isDirectory(folder) || Files.exists(folder.resolve("config.conf"))) {
      return RunReport.render(folder);
    }
    return RunsReport.render(RunComparison.in(folder));
  }

  /** Why reports have no figures in this process, in one sentence; nothing if they have. */
  public static Optional<String> withoutFigures() {
    return Fonts.problem();
  }

  /** Whether a folder is a grid's, be it one without a result. */
  static boolean isGrid(Path folder) {
    return Files.exists(folder.resolve(GridFiles.SUMMARY))
        || (Files.isDirectory(folder.resolve("trials"))
            && Files.exists(folder.resolve("config.conf")));
  }
}
