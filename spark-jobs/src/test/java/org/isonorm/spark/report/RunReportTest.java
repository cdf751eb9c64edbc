package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunReportTest {
  /** What a mail or a wiki takes without complaint. */
  private static final long MOST_BYTES = 3_000_000;

  @TempDir Path folder;

  private String page() throws IOException {
    return Files.readString(RunReport.render(folder));
  }

  private static List<String> matches(String text, String regex) {
    return Pattern.compile(regex, Pattern.DOTALL)
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @Test
  void writesReportHtmlIntoTheFolder() throws IOException {
    RunFixture.in(folder);
    assertThat(RunReport.render(folder)).isEqualTo(folder.resolve("report.html")).exists();
  }

  @Test
  void replacesAnEarlierReportAndLeavesNothingElse() throws IOException {
    RunFixture.in(folder).write("report.html", "an earlier one");
    assertThat(page()).doesNotContain("an earlier one");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("config.conf", "report.html");
    }
  }

  @Test
  void drawsItsFiguresAsPngBesideThePage() throws IOException {
    RunFixture.finished(folder);
    page();
    try (Stream<Path> files = Files.list(folder.resolve("plots"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "loss.png",
              "accuracy.png",
              "accuracy-time.png",
              "learning-rate.png",
              "throughput.png",
              "time.png",
              "variance.png",
              "norms.png",
              "norms-activations.png",
              "norms-errors.png",
              "norms-update-ratio.png",
              "norms-effective-rate.png");
    }
  }

  @Test
  void isReadableByWhoeverMayReadTheRun() throws IOException {
    RunFixture.in(folder);
    assertThat(Files.getPosixFilePermissions(RunReport.render(folder)))
        .isEqualTo(Files.getPosixFilePermissions(folder.resolve("config.conf")));
  }

  @Tag("long")
  @Test
  void whatCannotBeWrittenIsNamedAndNotATemporaryFileBesideIt() throws IOException {
    RunFixture.finished(folder);
    Files.createFile(folder.resolve("plots"));
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot write " + folder.resolve("plots") + ": ");

    Files.delete(folder.resolve("plots"));
    Files.createDirectories(folder.resolve("report.html/in the way"));
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot write %s: Is a directory", folder.resolve("report.html"));
  }

  @Test
  void headlineNamesTheRunsSettings() throws IOException {
    RunFixture.finished(folder);
    String page = page();
    assertThat(page).contains("<h1>resnet-20 on cifar-10</h1>", "night-7", "Finished: 12 epochs");
    assertThat(page)
        .contains(
            "<dt>data set</dt><dd>cifar-10</dd>",
            "<dt>network</dt><dd>resnet-20</dd>",
            "<dt>initialization rule</dt><dd>bn-gamma</dd>",
            "<dt>init-gamma</dt><dd>0.4</dd>",
            "<dt>workers × batch</dt><dd>4 × 32 = 128</dd>",
            "<dt>averaging</dt><dd>every 5 steps, engine isonorm</dd>",
            "<dt>epochs</dt><dd>12</dd>",
            "<dt>seed</dt><dd>20221</dd>");
    assertThat(page).containsPattern("<dt>wall time</dt><dd>6 min \\d\\d s</dd>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "averaging { workers = 3 }, training { global-batch-size = 128 }|3 workers share 128",
        "averaging { workers = 1 }, training { global-batch-size = 64 }|1 × 64 = 64",
        "training { global-batch-size = 64 }|– workers, global batch 64",
        "averaging { frequency = 1 }|every step, engine –",
      })
  void headlineSaysTheBatchAndTheAveraging(String config, String words) throws IOException {
    RunFixture.in(folder).write("config.conf", config);
    assertThat(page()).contains("<dd>" + words + "</dd>");
  }

  @Test
  void headlineTellsOverridesApart() throws IOException {
    RunFixture.in(folder)
        .write(
            "config.conf",
            """
            optimizer.overrides = [
              {kind = shifts, learning-rate-factor = 64}, {kind = biases, learning-rate-factor = 0}
            ]
            """);
    assertThat(page())
        .contains(
            "<dd>kind shifts, learning-rate-factor 64; kind biases, learning-rate-factor 0</dd>");
  }

  @Test
  void tilesShowTestAccuracyWithItsExamplesBesideValidation() throws IOException {
    RunFixture.finished(folder)
        .write(
            "evaluation.json",
            """
            {"split": "test", "checkpoint": "best", "examples": 10000, "top1Accuracy": 0.8617, "top5Accuracy": 0.99,
             "validation": {"bestEpoch": 11, "bestAccuracy": 0.8711, "lastAccuracy": 0.8642}}
            """);
    assertThat(tiles(page()))
        .containsExactly(
            // Wilson's interval of 8,617 in 10,000: 0.85480 to 0.86833.
            "test top-1 accuracy | 86.17% | 10,000 examples · 95% interval 85.5 to 86.8% · best checkpoint",
            "best validation accuracy | 87.11% | epoch 11",
            "last validation accuracy | 86.42% | epoch 12",
            "throughput (images/s) | 2,430 | median, all workers together");
  }

  @Test
  void topFiveAccuracyIsDrawnOverTheEpochsWhereThereAreManyClasses() throws IOException {
    String metrics =
        RunFixture.METRICS_HEADER.strip()
            + """
            ,validationTop5Accuracy
            epoch,1,1,10,640,0.1,4.2,0.05,4.1,0.06,100,6,0.1,0.1,7,0.21
            epoch,2,2,20,1280,0.1,3.9,0.09,3.9,0.08,100,6,0.1,0.1,14,0.27
            """;
    RunFixture run = RunFixture.in(folder).write("metrics.csv", metrics);
    assertThat(page()).doesNotContain("validation, top-5");

    run.write("config.conf", "data.dataset = cifar100");
    assertThat(page()).contains("validation, top-5");
  }

  @Test
  void tilesTakeValidationFromTheMetricsOfAnInterruptedRun() throws IOException {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "epoch,1,1,10,640,.1,2,.3,1.9,.41,100,1,1,1,3\n"
                + "epoch,2,2,20,1280,.1,1.5,.4,1.6,.52,100,1,1,1,6\n"
                + "epoch,3,3,30,1920,.1,1.2,.5,1.7,.47,100,1,1,1,9\n");
    String page = page();
    assertThat(tiles(page))
        .contains(
            "test top-1 accuracy | not run | there is no evaluation.json",
            "best validation accuracy | 52.00% | epoch 2",
            "last validation accuracy | 47.00% | epoch 3");
    assertThat(page).contains("Not finished: 3 of 12 epochs");
  }

  @Test
  void testTimeAugmentationStandsBesideThePlainAccuracy() throws IOException {
    RunFixture.in(folder)
        .write(
            "evaluation.json",
            """
            {"split": "test", "examples": 10000, "top1Accuracy": 0.93, "top5Accuracy": 0.99,
             "testTimeAugmentation": {"method": "flip", "loss": 0.25, "top1Accuracy": 0.9375, "top5Accuracy": 0.995}}
            """);
    String page = page();
    assertThat(tiles(page).get(0)).startsWith("test top-1 accuracy | 93.00% | 10,000 examples");
    assertThat(tiles(page).get(1))
        .isEqualTo("test top-1 accuracy with test-time augmentation | 93.75% | flip");
    assertThat(page)
        .contains(
            "With test-time augmentation (flip): top-1 accuracy 93.75%, top-5 99.50%, loss 0.25.");
  }

  private static List<String> tiles(String page) {
    return matches(page, "<div class=\"card tile.*?</div>").stream()
        .map(tile -> tile.replaceAll("\\s*<[^>]*>\\s*", "|").replaceAll("\\|+", "|"))
        .map(tile -> tile.substring(1, tile.length() - 1).replace("|", " | "))
        .toList();
  }

  @Test
  void drawsEveryFigureOfAFinishedRun() throws IOException {
    RunFixture.finished(folder);
    String page = page();
    assertThat(matches(page, "<svg [^>]*aria-label=\"[^\"]*\""))
        .extracting(svg -> svg.replaceAll(".*aria-label=\"|\"$", ""))
        .containsExactly(
            "Loss: cross-entropy (nats an example) by epoch",
            "Accuracy: top-1 accuracy (%) by epoch",
            "Accuracy over time: top-1 accuracy (%) by seconds of training",
            "Learning rate: learning rate by local steps",
            "Throughput: images/s, all workers by epoch",
            "Where time went: seconds an epoch by epoch",
            "Initial variance over depth: variance of the weights, log scale by layer, in forward order",
            "Norms over depth at the start: norm / first norm, log scale by layer, in forward order",
            "Activations over depth during training: ‖y‖ / first ‖y‖, log scale by layer, in forward order",
            "Errors over depth during training: ‖δ‖ / last ‖δ‖, log scale by layer, in forward order",
            "Update ratio over depth during training: η‖∇w‖/‖w‖, log scale by layer, in forward order",
            "Effective learning rate over depth during training: η/‖w‖² of a filter, log scale by layer, in forward order");
    assertThat(page)
        .contains("training, each round", "validation", "compute 79%", "sync 14%", "input 7%")
        .contains("target", "realized")
        .doesNotContain("Not run");
  }

  @Test
  void theTimeOfTrainingToAnAccuracyIsSaidAndDrawn() throws IOException {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "epoch,1,1,10,640,.1,2,.3,1.9,.41,100,40,1,1,90\n"
                + "epoch,2,2,20,1280,.1,1.5,.4,1.6,.52,100,40,1,1,190\n"
                + "epoch,3,3,30,1920,.1,1.2,.5,1.7,.49,100,40,1,1,290\n");
    assertThat(page())
        .contains(
            "Training to a validation accuracy of 10% in 42.0 s, 20% in 42.0 s, 30% in 42.0 s, 40%"
                + " in 42.0 s, 50% in 1 min 24 s.",
            "Accuracy over time: top-1 accuracy (%) by seconds of training");

    StringBuilder slow = new StringBuilder(RunFixture.METRICS_HEADER);
    for (int epoch = 1; epoch <= 3; epoch++) {
      slow.append("epoch,%d,1,%d,1,.1,2,.3,1.9,,100,280,10,10,1\n".formatted(epoch, epoch));
    }
    RunFixture.in(folder).write("metrics.csv", slow.toString());
    assertThat(page())
        .contains("Accuracy over time: top-1 accuracy (%) by minutes of training")
        .doesNotContain("Training to a validation accuracy");
  }

  @Test
  void tablesHoldTheNumbersBehindTheFigures() throws IOException {
    RunFixture.finished(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "epoch,1,2,1500,9,.05,1.25,.5,1.5,.4512,2480.7,30.25,4,2,40\n")
        .write(
            "initialization.csv",
            RunFixture.LAYERS_HEADER
                + "stem,CONVOLUTION,16x3x3x3,27,144,bn-gamma,0.0125,0.0126,-0.00001\n");
    assertThat(page())
        .containsPattern(
            row("1", "1,500", "0.05", "1.25", "50.00%", "1.5", "45.12%", "2,480", "30.3", "4", "2"))
        .containsPattern(
            row(
                "1 stem",
                "convolution",
                "16x3x3x3",
                "27",
                "144",
                "bn-gamma",
                "0.0125",
                "0.0126",
                "100.80%",
                "-1e-5"));
  }

  private static String row(String... values) {
    StringBuilder pattern = new StringBuilder("<tr>");
    for (String value : values) {
      pattern.append("<t[hd][^>]*>").append(Pattern.quote(value)).append("</t[hd]>");
    }
    return pattern.append("</tr>").toString();
  }

  @Test
  void scoresOfAClassFollowFromTheConfusionMatrix() throws IOException {
    RunFixture.in(folder)
        .write(
            "evaluation.json",
            """
            {"classNames": ["cat", "dog"], "confusionMatrix": [[30, 10], [20, 40]], "perClass": [{"recall": 0.7}]}
            """);
    assertThat(page())
        .containsPattern(row("cat", "60.00%", "70.00%", "66.67%", "40"))
        .containsPattern(row("dog", "80.00%", "66.67%", "72.73%", "60"))
        .containsPattern(row("dog → cat", "20", "33.33%"))
        .contains("title=\"cat as dog: 10 (25.00%)\"");
  }

  @Test
  void scoresOfAClassNeverSeenAreADash() throws IOException {
    RunFixture.in(folder)
        .write(
            "evaluation.json",
            "{\"classNames\": [\"a\", \"b\"], \"confusionMatrix\": [[5, 0], [0, 0]]}");
    assertThat(page()).containsPattern(row("b", "–", "–", "–", "0"));
  }

  @Test
  void readsAnEvaluationWithAlmostNothingInIt() throws IOException {
    RunFixture.in(folder).write("evaluation.json", "{\"top1Accuracy\": NaN, \"perClass\": null}");
    assertThat(page())
        .contains("Top-1 accuracy –.", "evaluation.json has no confusion matrix.")
        .doesNotContain("By class");
  }

  @Test
  void printsCountsOfFewClassesAndOnlyShadesOfMany() throws IOException {
    RunFixture.in(folder)
        .write("evaluation.json", RunFixture.evaluation(RunFixture.numberedClasses(25), 400));
    String few = page();
    RunFixture.in(folder)
        .write("evaluation.json", RunFixture.evaluation(RunFixture.numberedClasses(100), 100));
    String many = page();
    assertThat(few)
        .contains("class=\"matrix\"")
        .containsPattern("title=\"class 1 as class 0[^>]*>\\d");
    assertThat(many)
        .contains("class=\"matrix dense\"")
        .containsPattern("title=\"class 99 as class 99: \\d+ [^>]*></td>")
        .contains("test top-5 accuracy");
    assertThat(many.length()).isLessThan((int) MOST_BYTES);
  }

  @Test
  void doesNotDrawTheMatrixOfAThousandClasses() throws IOException {
    RunFixture.in(folder)
        .write("evaluation.json", RunFixture.evaluation(RunFixture.numberedClasses(1000), 5));
    String page = page();
    assertThat(page).contains("too many classes to draw", "Most frequent errors");
    assertThat(page.length()).isLessThan((int) MOST_BYTES);
  }

  @Test
  void environmentAndConfigAreShown() throws IOException {
    RunFixture.finished(folder);
    assertThat(page())
        .containsPattern(row("versions.spark", "3.5.9"))
        .containsPattern(row("hardware.memoryGigabytes", "31.3"))
        .containsPattern(row("kernel.reason", "AVX2 found"))
        .containsPattern(row("workers", "a:1, b:2"))
        .contains("<summary>Resolved configuration</summary><pre>run { name = &quot;night-7&quot;");
  }

  @Test
  void withholdsSecrets() throws IOException {
    RunFixture.in(folder)
        .write(
            "config.conf",
            """
            spark.conf {
              "spark.hadoop.fs.s3a.access.key" = "AKIAQQ"
              "spark.hadoop.fs.s3a.secret.key": "wJalrQQ"
              spark.executor.memory = 8g
            }
            """)
        .write("environment.json", "{\"hub\": {\"apiToken\": \"hf_QQ\", \"name\": \"hub\"}}");
    assertThat(page())
        .doesNotContain("QQ")
        .contains("spark.hadoop.fs.s3a.secret.key&quot;: (withheld)", "spark.executor.memory = 8g")
        .containsPattern(row("hub.apiToken", "(withheld)"))
        .containsPattern(row("hub.name", "hub"));
  }

  @Test
  void saysNotRunForEveryFileThatIsMissing() throws IOException {
    RunFixture.in(folder);
    String page = page();
    assertThat(matches(page, "Not run\\.</strong> metrics.csv has no row yet")).hasSize(6);
    assertThat(page)
        .contains(
            "Not run.</strong> initialization.csv is not in the run&#39;s folder",
            "Not run.</strong> There is no evaluation.json in the run's folder",
            "Not run.</strong> environment.json is not in the folder")
        .doesNotContain("<svg");
  }

  @Test
  void drawsRoundsByStepBeforeTheFirstEpochIsFinished() throws IOException {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "round,1,1,5,640,.1,2.3,,,,900,3,1,1,5\n"
                + "round,1,2,10,1280,.1,2.1,,,,1100,3,1,1,10\n");
    assertThat(page())
        .contains(
            "Loss: cross-entropy (nats an example) by local steps (no epoch is finished)",
            "Not run.</strong> metrics.csv has no value for it",
            "The last epoch was not finished",
            "Not finished: 0 of 12 epochs",
            "compute 60%",
            "<p class=\"value\">1,000</p>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity"})
  void saysWhereTheLossDiverged(String loss) throws IOException {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "round,1,1,5,640,.1,2.3,.1,,,900,3,1,1,5\n"
                + "round,1,2,10,1280,.1,"
                + loss
                + ",.1,,,1100,3,1,1,10\n"
                + "round,1,3,15,1920,.1,"
                + loss
                + ",.1,,,1100,3,1,1,15\n");
    assertThat(page()).contains("Diverged: the training loss is not finite at epoch 1, step 10");
  }

  @Test
  void escapesWhateverTheFilesSay() throws IOException {
    RunFixture.in(folder)
        .write("config.conf", "run.name = \"<b>bold</b>\" // <i>\nnetwork.name = \"a\\\"b\"")
        .write("environment.json", "{\"<key>\": \"<script>alert(2)</script>\"}")
        .write("initialization.csv", RunFixture.LAYERS_HEADER + "<u>,,,,,,1,1,0\n")
        .write(
            "evaluation.json",
            RunFixture.evaluation(List.of("<script>alert(1)</script>", "\"quoted\" & more"), 50));
    assertThat(page())
        .contains("&lt;b&gt;bold&lt;/b&gt;", "&lt;i&gt;", "a&quot;b", "&lt;key&gt;", "&lt;u&gt;")
        .contains("<span>&lt;script&gt;alert(1)&lt;/script&gt;</span>")
        .contains("title=\"&quot;quoted&quot; &amp; more as ")
        .doesNotContain("<script", "<b>", "<i>", "<u>", "<key>");
  }

  @Test
  void loadsNothingAndRunsNoScript() throws IOException {
    RunFixture.finished(folder);
    String page = page().replace("src=\"data:image/png;base64,", "");
    assertThat(page).doesNotContain("http", "src=", "@import", "<script", "<!DOCTYPE svg");
    assertThat(matches(page, "href=\"[^\"]*\"")).containsExactly("href=\"data:,\"");
    assertThat(matches(page, "url\\([^)]*\\)"))
        .isNotEmpty()
        .allMatch(url -> url.startsWith("url(#"));
  }

  @Tag("long")
  @Test
  void plotsFollowTheSchemeAndDoNotMixUp() throws IOException {
    RunFixture.finished(folder);
    String page = page();
    String plots = String.join("", matches(page, "<svg.*?</svg>"));
    assertThat(page).contains("@media (prefers-color-scheme: dark)");
    assertThat(plots)
        .contains(
            "var(--blue,#0072b2)",
            "var(--vermilion,#d55e00)",
            "var(--text,#404449)",
            "var(--grid,#e3e5e8)")
        .doesNotContain("rgb(");
    assertThat(matches(plots, " id=\"[^\"]*\"")).isNotEmpty().doesNotHaveDuplicates();
    assertThat(matches(plots, "#[a-z-]+clip[^)]*"))
        .isNotEmpty()
        .allSatisfy(clip -> assertThat(plots).contains("id=\"" + clip.substring(1) + "\""));
  }

  @Tag("long")
  @Test
  void thinsTheRoundsOfALongRun() throws IOException {
    RunFixture.in(folder).write("metrics.csv", RunFixture.metrics(1000, 100));
    Path report = RunReport.render(folder);
    assertThat(report.toFile().length()).isLessThan(MOST_BYTES);
    assertThat(Files.readString(report))
        .contains("200 of 1,000 epochs; metrics.csv has them all.", "Finished: 1,000 epochs")
        .containsPattern("<tr><th scope=\"row\">1,000</th>");
  }

  @Test
  void rejectsAFolderThatIsNotARun() {
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> RunReport.render(none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid run folder: " + none + " (no such folder)");
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid run folder: "
                + folder
                + " (it has no config.conf; give the folder that a training run wrote)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "round,1,1,5,640,.1,x,.1,,,900,3,1,1,5|, line 2: invalid trainLoss: \"x\" (must be a number)",
        "round,one,1,5,640,.1,2,.1,,,900,3,1,1,5|, line 2: invalid epoch: \"one\" (must be a whole number)",
        "step,1,1,5,640,.1,2,.1,,,900,3,1,1,5|, line 2: invalid kind: \"step\" (must be round or epoch)",
        "round,1,1,5|, line 2: 4 values, expected 15",
      })
  void namesTheLineOfMalformedMetrics(String line, String words) {
    RunFixture.in(folder).write("metrics.csv", RunFixture.METRICS_HEADER + line + "\n");
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot read " + folder.resolve("metrics.csv") + words);
  }

  @Test
  void countsLinesFromTheFilesFirst() {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "round,1,1,5,640,.1,2,.1,,,900,3,1,1,5\n".repeat(40)
                + "round,1,1,5,640,.1,oops,.1,,,900,3,1,1,5\n"
                + "round,1,1,6,640,.1,2,.1,,,900,3,1,1,5\n");
    assertThatThrownBy(() -> RunReport.render(folder)).hasMessageContaining(", line 42: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metrics.csv|''|, line 1: the header is missing",
        "metrics.csv|kind,epoch,trainLoss|, line 1: the column step is missing",
        "initialization.csv|layer,realizedVariance|, line 1: the column targetVariance is missing",
        "evaluation.json|[1]|, line 1: not a JSON object",
        "evaluation.json|{\"confusionMatrix\": [[1, 2], [3]]}|: confusionMatrix has 2 rows but row 2 has 1 columns",
      })
  void saysWhatIsWrongWithAFile(String file, String text, String words) {
    RunFixture.in(folder).write(file, text);
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot read " + folder.resolve(file) + words);
  }

  @ParameterizedTest
  @CsvSource({
    "evaluation.json, '{\n\"examples\": 3,\n\"loss\": }'",
    "config.conf, 'a = 1\n\nb = }'"
  })
  void namesTheLineOfMalformedJsonAndConfig(String file, String text) {
    RunFixture.in(folder).write(file, text);
    assertThatThrownBy(() -> RunReport.render(folder))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot read " + folder.resolve(file) + ", line 3: ");
  }

  @Test
  void leavesOutALastLineCutOffWhileBeingWritten() throws IOException {
    RunFixture.in(folder)
        .write(
            "metrics.csv",
            RunFixture.METRICS_HEADER
                + "epoch,1,1,10,640,.1,2,.3,1.9,.41,100,1,1,1,3\nepoch,2,2,20,1280,.1,1.");
    assertThat(page()).contains("Not finished: 1 of 12 epochs");
  }

  @Test
  void showsExamplesWithTheirImages() throws IOException {
    String page = Files.readString(RunReport.render(RunFixture.finished(folder).folder()));
    assertThat(page)
        .contains(
            "Wrong with the highest confidence", "Right, chosen at random", "cat, not airplane")
        .contains("alt=\"airplane, predicted as cat\"");
    assertThat(page.split("<img ", -1)).hasSize(25);
  }

  @Test
  void refusesAnImageThatIsNoPngDataUri() {
    RunFixture run = RunFixture.finished(folder);
    run.write(
        "predictions.json",
        "{\"wrong\": [{\"position\": 3, \"image\": \"https://example.org/a.png\"}]}");
    assertThatThrownBy(() -> RunReport.render(run.folder()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot read %s: the image of position 3 is not a PNG data URI",
            folder.resolve("predictions.json"));
  }
}
