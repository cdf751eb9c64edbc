package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isonorm.spark.Fuzz;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users see of damaged files that commands are given. */
@Timeout(300)
class CommandFuzzTest {
  private static final int FILES = 60;

  @TempDir Path folder;

  /** Runs a command that does nothing but read; what it says is thrown. */
  private static void run(String... words) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = CommandLineInterface.run(new PrintWriter(out), new PrintWriter(err), words);
    if (exit != 0) {
      throw new IOException(err.toString().replaceFirst("(?s).*?isonorm: ", "").strip());
    }
  }

  @Test
  void aDamagedConfigurationIsReadOrRefused() throws IOException {
    Path file = folder.resolve("experiment.conf");
    Files.copy(Path.of("../conf/cifar10-resnet20.conf"), file);
    int refused =
        Fuzz.of(file, FILES, "", () -> run("init", "--json", "--config", file.toString()));
    assertThat(refused).isPositive();
  }

  @Test
  void aConfigurationNestedTooDeeplyIsRefused() throws IOException {
    Path file = folder.resolve("deep.conf");
    Files.writeString(file, "a {".repeat(100_000));
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> run("init", "--config", file.toString())))
        .hasMessageContaining("Cannot parse config " + file);
  }

  @Test
  void aDamagedCalibrationIsReadOrRefused() throws IOException {
    Path file = folder.resolve("sync.json");
    Files.writeString(file, calibration());
    int refused =
        Fuzz.of(
            file,
            FILES,
            "",
            () ->
                run(
                    "plan",
                    "--network=resnet-8",
                    "--images-per-second=100",
                    "--json",
                    "--calibration",
                    file.toString()));
    assertThat(refused).isPositive();
  }

  private static String calibration() {
    String row =
        "{\"master\": \"local-cluster[2,1,2500]\", \"network\": \"n\", \"parameters\": %d, \"engine\": \"isonorm\", \"syncSeconds\": %s}";
    return "{\"workers\": 2, \"cores\": 2, \"rounds\": 9, \"rows\": [%s, %s, %s]}"
        .formatted(
            row.formatted(1000, 0.1), row.formatted(2_000_000, 0.2), row.formatted(20_000_000, 1));
  }
}
