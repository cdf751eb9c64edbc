package org.isonorm.spark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A shell script in the place of a Python that has PyTorch. */
public final class FakePython {
  private FakePython() {}

  /**
   * Writes one.
   *
   * @param version of its PyTorch
   * @param script what it does instead of the script that it is given
   */
  public static Path write(Path file, String version, String script) throws IOException {
    Files.writeString(
        file,
        """
        #!/bin/sh
        case "$2" in "import torch; print("*) echo %s; exit ;; esac
        shift 2
        %s
        """
            .formatted(version, script));
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
