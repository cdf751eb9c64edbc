package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsReportTest {
  private static final String HEADER =
      "kind,epoch,round,step,examplesSeen,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,"
          + "imagesPerSecond,computeSeconds,syncSeconds,inputSeconds,wallClockSeconds,validationTop5Accuracy\n";

  @TempDir Path folder;

  /** Two seeds of γ .4, one of γ 4; all else alike. */
  @BeforeEach
  void write() throws IOException {
    run("a/one", 1, "0.4", 0.50, 100);
    run("a/two", 2, "0.4", 0.52, 300);
    run("b", 1, "4", 0.70, 1200);
    Files.writeString(
        folder.resolve("a/two/evaluation.json"),
        "{\"split\": \"test\", \"checkpoint\": \"best\", \"examples\": 500, \"top1Accuracy\": 0.515}");
  }

  private void run(String name, int seed, String gamma, double accuracy, double speed)
      throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        run.resolve("config.conf"),
        """
        run { name = "%s", seed = %d, output = "/somewhere/%s" }
        network { name = resnet-20 }, data { dataset = synthetic }, training { epochs = 2 }
        initialization { init-gamma = %s }
        """
            .formatted(name, seed, name, gamma));
    Files.writeString(
        run.resolve("metrics.csv"),
        HEADER
            + "epoch,1,1,10,500,0.1,2.3,0.1,2.3,%s,%s,1,1,1,60,\n".formatted(accuracy - .1, speed)
            + "epoch,2,2,20,1000,0.1,2.3,0.1,2.3,%s,%s,1,1,1,120,\n".formatted(accuracy, speed));
  }

  @Test
  void runsOfOneConfigurationAreOneRowWithTheirMeanAndDeviation() throws IOException {
    RunComparison runs = RunComparison.in(folder);
    assertThat(runs.configurations().columns())
        .containsExactly(
            "configuration",
            "runs",
            "best validation accuracy",
            "last validation accuracy",
            "test accuracy",
            "images/s",
            "wall time",
            "training to 50%",
            "init-gamma");
    assertThat(runs.configurations().rows())
        .containsExactly(
            List.of(
                "1",
                "1",
                "70.00% (n = 1)",
                "70.00% (n = 1)",
                "–",
                "1,200",
                "2 min 00 s",
                "3.0 s",
                "4"),
            List.of(
                "2",
                "2",
                "51.00% ± 1.41 (n = 2)",
                "51.00% ± 1.41 (n = 2)",
                "51.50% (n = 1)",
                "200",
                "2 min 00 s",
                "6.0 s",
                "0.4"));
    assertThat(runs.each().rows())
        .extracting(row -> row.subList(0, 4))
        .containsExactly(
            List.of("b", "1", "1", "Finished: 2 epochs"),
            List.of("a/one", "2", "1", "Finished: 2 epochs"),
            List.of("a/two", "2", "2", "Finished: 2 epochs"));
  }

  @Test
  void thePageHasTablesCurvesAndNoPaperTablesWhereNoRunBelongsToThem() throws IOException {
    String page = Files.readString(Report.render(folder));
    assertThat(page)
        .contains(
            "3 runs of 2 configurations", "51.00% ± 1.41 (n = 2)", "2: init-gamma 0.4", "<svg")
        .doesNotContain("The paper's tables", "Left out", "src=", "http://", "https://cdn");
    assertThat(folder.resolve("plots/validation-accuracy.png")).exists();
    assertThat(Files.readAllLines(folder.resolve("comparison.csv")))
        .containsExactly(
            "run,seed,initialization.init-gamma,epochsDone,bestValidationAccuracy,lastValidationAccuracy,testAccuracy,imagesPerSecond,wallClockSeconds,trainingSecondsTo50Percent",
            "b,1,4,2,0.7,0.7,,1200.0,120.0,3.0",
            "a/one,1,0.4,2,0.5,0.5,,100.0,120.0,6.0",
            "a/two,2,0.4,2,0.52,0.52,0.515,300.0,120.0,6.0");
  }

  /** Seeds 1 and 2 of both: −20 and −19 points, whose mean is known to 12.7 · .71/√2 points. */
  @Test
  void configurationsAreComparedSeedBySeed() throws IOException {
    run("b2", 2, "4", 0.71, 1200);
    RunComparison runs = RunComparison.in(folder);

    assertThat(runs.differences())
        .isEqualTo(
            new RunComparison.Table(
                List.of(
                    "configurations",
                    "best validation accuracy",
                    "last validation accuracy",
                    "test accuracy",
                    "init-gamma"),
                List.of(
                    List.of(
                        "2 − 1", "-19.50 ± 6.35 (n = 2)", "-19.50 ± 6.35 (n = 2)", "–", "0.4"))));
    String page = Files.readString(Report.render(folder));
    assertThat(page).contains("Seed by seed, less the first", "-19.50 ± 6.35 (n = 2)");
    List<String> differences = Files.readAllLines(folder.resolve("differences.csv"));
    assertThat(differences).hasSize(3);
    assertThat(differences.get(0))
        .isEqualTo(
            "configuration,minusConfiguration,initialization.init-gamma,measure,pairs,difference,deviation,lowest95Percent,highest95Percent");
    assertThat(differences.get(1)).startsWith("2,1,0.4,bestValidationAccuracy,2,");
    String[] cells = differences.get(1).split(",", -1);
    assertThat(Double.parseDouble(cells[5])).isCloseTo(-.195, within(1e-9));
    assertThat(Double.parseDouble(cells[6])).isCloseTo(.005 * Math.sqrt(2), within(1e-9));
    assertThat(Double.parseDouble(cells[7])).isCloseTo(-.2585, within(1e-4));
    assertThat(Double.parseDouble(cells[8])).isCloseTo(-.1315, within(1e-4));
    assertThat(folder.resolve("comparison.md"))
        .content()
        .contains(
            "## Configurations\n\n| configuration | runs |",
            "| 2 | 2 | 51.00% ± 1.41 (n = 2) |",
            "## Differences\n\n| configurations | best validation accuracy |",
            "| 2 − 1 | -19.50 ± 6.35 (n = 2) |",
            "## Runs\n");
  }

  @Test
  void withoutACommonSeedThereAreNoDifferences() throws IOException {
    Files.writeString(
        folder.resolve("b/config.conf"),
        Files.readString(folder.resolve("b/config.conf")).replace("seed = 1", "seed = 7"));

    assertThat(RunComparison.in(folder).differences().rows()).isEmpty();
    assertThat(Files.readString(Report.render(folder))).doesNotContain("Seed by seed");
  }

  /** The short runs of a probe are in the folder of the run that it went before. */
  @Test
  void whatARunHasInItsFolderIsPartOfIt() throws IOException {
    run("b/probe/runs/short", 1, "9", 0.1, 100);

    assertThat(RunComparison.in(folder).runs()).isEqualTo(3);
  }

  @Test
  void aRunThatCannotBeReadIsLeftOutByName() throws IOException {
    Files.writeString(folder.resolve("b/metrics.csv"), "kind,epoch\nepoch,1\n");
    RunComparison runs = RunComparison.in(folder);
    assertThat(runs.runs()).isEqualTo(2);
    assertThat(runs.leftOut())
        .containsExactly(
            "Cannot read %s, line 1: the column step is missing"
                .formatted(folder.resolve("b/metrics.csv")));
    assertThat(Files.readString(Report.render(folder))).contains("Left out");
  }

  @Test
  void ofAGridItsTestedWinnerIsCompared() throws IOException {
    Path grid = Files.createDirectories(folder.resolve("grid"));
    GridFixture.clear(grid);
    run("grid/trials/a", 1, "4", 0.55, 100);
    run("grid/trials/c", 1, "9", 0.56, 100);
    assertThat(RunComparison.in(folder).each().rows())
        .filteredOn(row -> row.get(0).startsWith("grid"))
        .extracting(row -> row.get(0), row -> row.get(6))
        .containsExactly(tuple("grid/trials/a", "58.00%"));
  }
}
