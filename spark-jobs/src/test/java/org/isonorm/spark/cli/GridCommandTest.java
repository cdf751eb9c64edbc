package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.isonorm.spark.cli.Outcome.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "grid --retry-failed ~ Missing --resume DIR, the grid whose failed trials to retry; see isonorm grid --help",
        "grid --resume a --output b ~ Invalid --output: with --resume the grid stays in its folder; see isonorm grid --help",
        "grid --resume nope ~ Invalid --resume: nope (no such folder; begin with --output)",
        "grid --resume src ~ Invalid --resume: src is not a grid's folder (it has no config.conf)",
        "grid --set grid.axes.optimizer.lr=[1] ~ Invalid grid.axes: optimizer.lr (did you mean optimizer.learning-rate?) in --set",
        "grid --set grid.mode=both ~ Invalid grid.mode: both (did you mean data-parallel? valid: trial-per-task, data-parallel) in --set",
      })
  void badUsageIsOneSentenceAndExitCodeTwo(String arguments, String sentence) {
    assertThat(run(arguments)).isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
  }

  @Tag("long")
  @Test
  void aGridIsTrainedAndResumed() throws IOException {
    Path grid = folder.resolve("grid");
    Path config =
        Files.writeString(
            folder.resolve("tiny.conf"),
            """
            data {
              path = "%s"
              validation-examples = 40
            }
            network { name = resnet-8, width = 4 }
            training { epochs = 1, global-batch-size = 20, threads-per-worker = 1 }
            grid {
              axes {
                # The second explodes at once.
                optimizer.learning-rate = [0.1, 1e30]
                initialization.init-gamma = { from = 0.4, to = 4, count = 2 }
              }
              budget-trials = 3
            }
            """
                .formatted(folder.resolve("data")));

    Outcome drawn =
        run(
            "ingest --dataset synthetic --train-examples 120 --test-examples 30 --out "
                + folder.resolve("data"));
    assertThat(drawn.exitCode()).as(drawn.err()).isZero();
    Outcome started = run("grid --config %s --output %s --json".formatted(config, grid));

    assertThat(started.exitCode()).as(started.err()).isZero();
    JsonNode summary = JSON.readTree(started.out());
    assertThat(summary.get("status").asText()).isEqualTo("stopped");
    assertThat(summary.get("trials").asInt()).isEqualTo(4);
    assertThat(summary.get("missing").asInt()).isEqualTo(1);
    assertThat(started.err()).contains("left ", "best so far", "diverged: Training diverged: ");

    Path moved = Files.move(folder.resolve("data"), folder.resolve("moved"));
    assertThat(run("grid --resume " + grid))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "isonorm: Cannot open data set %s: it has no manifest.json (if it was moved, go on with --resume --set data.path=DIR)\n"
                    .formatted(folder.resolve("data"))));
    Path another = folder.resolve("another");
    run("ingest --dataset synthetic --train-examples 130 --test-examples 30 --out " + another);
    assertThat(run("grid --resume %s --set data.path=%s".formatted(grid, another)))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "isonorm: Invalid data.path: %s (it holds another data set than the grid was trained on, by the checksum of its manifest.json; name the folder that %s was moved to)\n"
                    .formatted(another, folder.resolve("data"))));
    Outcome resumed =
        run(
            "grid --resume %s --set grid.budget-trials=0 --set data.path=%s"
                .formatted(grid, moved));

    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.out())
        .startsWith("4 trials: 2 done, 2 diverged, 0 failed, 0 pruned, 0 missing\n")
        .containsPattern("init-gamma 0.4, learning-rate 1e30 +0 +1 +0 +- +-\n")
        .containsPattern("Winner: init-gamma .*, validation accuracy .*% over 30 examples")
        .endsWith(
            "The grid is in %s, its report is %s\n".formatted(grid, grid.resolve("report.html")));
    assertThat(resumed.err()).contains("4 trials, 3 with a result, ");
    JsonNode winner = JSON.readTree(Files.readString(grid.resolve("grid.json"))).get("winner");
    Path best = grid.resolve("trials").resolve(winner.get("trials").get(0).asText());
    assertThat(best.resolve("checkpoints/best.zip")).isRegularFile();
    assertThat(Files.readString(grid.resolve("trials.csv"))).containsPattern(",diverged,.*,1,1,");
    assertThat(grid.resolve("environment.json")).isRegularFile();

    Outcome other = run("grid --resume %s --set optimizer.momentum=0.5".formatted(grid));

    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err()).contains("optimizer.momentum was 0.9 and is 0.5").hasLineCount(1);
  }
}
