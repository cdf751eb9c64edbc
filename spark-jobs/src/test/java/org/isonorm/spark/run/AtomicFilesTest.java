package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir private Path folder;

  @Test
  void aFileBelowAFileIsNamedByItsOwnName() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "text").resolve("norms.csv");

    assertThatThrownBy(() -> AtomicFiles.write(file, "text"))
        .hasMessage("Cannot write " + file + ": Not a directory");
  }

  @Test
  void whatCannotBeWrittenLeavesTheFileAsItWasAndNothingBeside() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "before");

    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    temporary -> {
                      Files.writeString(temporary, "half");
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("Cannot write " + file + ": No space left on device");
    assertThat(file).hasContent("before");
    assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    assertThat(folder.toFile().list()).hasSize(1);
  }
}
