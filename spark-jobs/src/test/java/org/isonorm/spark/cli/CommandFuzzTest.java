package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.isonorm.spark.Fuzz;
import org.junit.jupiter.api.Tag;
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

  /** Paths of all kinds that are none of a folder or file that a command could take. */
  private List<String> badPaths() throws IOException {
    Path file = Files.write(folder.resolve("junk"), new byte[] {'P', 'K', 3, 4, 0, -1, 10});
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    Path others = Files.createDirectory(folder.resolve("others: ü"));
    Files.copy(file, others.resolve("junk"));
    return List.of(
        folder.resolve("gone").toString(),
        file.toString(),
        file + "/inside",
        loop.toString(),
        others.toString(),
        folder.resolve("x".repeat(300)).toString(),
        "a\0b",
        "",
        "foo:bar",
        "foo://host:port/x y%zz");
  }

  /** Commands that take a path, PATH, and fail on a bad one before they start Spark. */
  private static final List<String> COMMANDS =
      List.of(
          "init --config PATH",
          "plan --network resnet-8 --images-per-second 100 --calibration PATH",
          "augment --preview PATH",
          "augment --preview PATH/x.png --data PATH",
          "train --config PATH",
          "train --resume --output PATH",
          "train --set data.dataset=cifar10 --set data.path=\"PATH\" --output gone/run",
          "probe --config PATH",
          "grid --config PATH",
          "grid --resume PATH",
          "evaluate --run PATH",
          "predict --run PATH --input PATH --out PATH",
          "export --run PATH --out gone/x.onnx",
          "report PATH",
          "runs PATH",
          "fetch --dataset cifar10 --out gone --from PATH");

  @Tag("long")
  @Test
  void everyCommandRefusesABadPathInOneSentence() throws IOException {
    SoftAssertions all = new SoftAssertions();
    for (String bad : badPaths()) {
      for (String command : COMMANDS) {
        String[] words =
            Stream.of(command.split(" ")).map(w -> w.replace("PATH", bad)).toArray(String[]::new);
        StringWriter err = new StringWriter();
        int exit = CommandLineInterface.run(new PrintWriter(err), new PrintWriter(err), words);
        String said = err.toString().strip();
        all.assertThat(exit).as("%s: %s", List.of(words), said).isBetween(1, 2);
        all.assertThat(said)
            .as("%s", List.of(words))
            .startsWith("isonorm: ")
            .hasLineCount(1)
            .doesNotContain("Cannot go on")
            .doesNotContainPattern("[a-z]Exception|[a-z]Error\\b");
      }
    }
    all.assertAll();
  }

  @Tag("long")
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

  @Tag("long")
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
