package org.isonorm.spark.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the warnings of Spark and other libraries go in a process that bin/isonorm started. */
final class LogFile {
  private static final String PROPERTY = "isonorm.log.file";

  private LogFile() {}

  /** The file, if there was something to write. */
  static Optional<Path> ofThisProcess() {
    return Optional.ofNullable(System.getProperty(PROPERTY))
        .map(Path::of)
        .filter(file -> Files.exists(file));
  }
}
