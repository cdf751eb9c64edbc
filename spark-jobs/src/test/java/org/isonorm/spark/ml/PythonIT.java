package org.isonorm.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tests of the Python package, with a real PySpark and the jar that the build has made: {@code
 * python/test}. Run by {@code mvn verify -Pcluster}, beside the other integration tests.
 */
class PythonIT {
  private static final Path SCRIPT = Path.of("..", "python", "test").toAbsolutePath().normalize();

  /** The first call downloads PySpark. */
  private static final long TIMEOUT_MINUTES = 15;

  @TempDir Path folder;

  @Test
  void thePythonPackagePassesItsTests() throws Exception {
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Process process = builder.start();

    boolean ended = process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }

    assertThat(ended && process.exitValue() == 0).as(Files.readString(output)).isTrue();
    assertThat(Files.readString(output)).containsPattern("\\d+ passed");
  }
}
