package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.isonorm.spark.run.AtomicFiles;

/** Writes files so that a reader sees the old or the new one, never a part of it. */
final class Output {
  private Output() {}

  /** The error of a file or folder that cannot be written. */
  static IOException cannotWrite(Path file, IOException cause) {
    return AtomicFiles.cannotWrite(file, cause);
  }

  static void replace(Path file, byte[] content) throws IOException {
    // Not createTempFile, whose files only their owner may read.
    Path temporary =
        file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    try {
      Files.write(temporary, content);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    } finally {
      AtomicFiles.discard(temporary);
    }
  }
}
