package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.SignalStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a run's folder, those of earlier versions among them. */
class RunFormatTest {
  private static final String ROUND =
      "round,1,1,4,512,0.0986184960,2.37907265,0.0878906250,,,361.4,0.9707,0.3703,0.0757,1.8539,";
  private static final String EPOCH =
      "epoch,1,5,20,2500,0.0539229548,2.34356071,0.0972000000,2.34316086,0.114000000,524.7,3.8958,0.7572,0.1115,7.4234,0.500000000";

  @TempDir Path folder;

  private Path old(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (InputStream file = RunFormatTest.class.getResourceAsStream(name)) {
      Files.copy(file, copy);
    }
    return copy;
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  @Test
  void aRunThatHasNoModelYetSaysHowItGetsOne() throws IOException {
    Path path = Files.createDirectories(folder.resolve("my runs/a"));
    Files.createFile(path.resolve("config.conf"));
    RunFolder run = RunFolder.open(path);
    assertThatIllegalArgumentException()
        .isThrownBy(run::trainedModel)
        .withMessage(
            "Invalid run folder: %s (it has no model.zip, which a run writes at its end)", path);
    Files.createFile(run.metrics());
    assertThatIllegalArgumentException()
        .isThrownBy(run::trainedModel)
        .withMessage(
            "Invalid run folder: %s (it has no model.zip, which a run writes at its end; go on with: isonorm train --resume --output '%s')",
            path, path);
    Files.createFile(run.model());
    assertThat(run.trainedModel()).isEqualTo(path.resolve("model.zip"));
  }

  @Test
  void theColumnsOfMetricsAreThoseOfTheFirstVersionAndTheirSuccessor() {
    assertThat(MetricsLog.HEADER)
        .isEqualTo(
            "kind,epoch,round,step,examplesSeen,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,"
                + "imagesPerSecond,computeSeconds,syncSeconds,inputSeconds,wallClockSeconds,validationTop5Accuracy");
  }

  @Test
  void rowsOfMetricsAreWrittenByteForByteAsTheyWere() throws IOException {
    Path file = folder.resolve("metrics.csv");
    Evaluation validation =
        new Evaluation(
            "", "", 500, 2.34316086, .114, .5, List.of(), List.of(), new long[0][], null, null);
    try (MetricsLog log = MetricsLog.create(file)) {
      log.append(
          new MetricsLog.Row(
              "round",
              1,
              1,
              4,
              512,
              .098618496,
              2.379072654,
              .087890625,
              null,
              361.44,
              .97071,
              .37029,
              .07569,
              1.85393));
      log.append(
          new MetricsLog.Row(
              "epoch",
              1,
              5,
              20,
              2500,
              .0539229548,
              2.34356071,
              .0972,
              validation,
              524.7,
              3.8958,
              .7572,
              .1115,
              7.4234));
      log.append(
          new MetricsLog.Row(
              "round",
              2,
              6,
              24,
              3012,
              .1,
              Double.NaN,
              0,
              null,
              Double.POSITIVE_INFINITY,
              0,
              0,
              0,
              8));
    }
    assertThat(Files.readString(file))
        .isEqualTo(
            String.join(
                "\n",
                MetricsLog.HEADER,
                ROUND,
                EPOCH,
                "round,2,6,24,3012,0.100000000,NaN,0.00000000,,,Infinity,0.0000,0.0000,0.0000,8.0000,",
                ""));
  }

  @Test
  void whatIsWrittenIsWhatIsRead() throws IOException {
    Metrics metrics = Metrics.load(write("metrics.csv", MetricsLog.HEADER, ROUND, EPOCH));
    assertThat(MetricsRow.TABLE.text(List.of(metrics.rounds().get(0), metrics.epochs().get(0))))
        .isEqualTo(String.join("\n", MetricsLog.HEADER, ROUND, EPOCH, ""));
  }

  @Test
  void metricsOfBeforeTheTopFiveAccuracyAreReadAndGoneOnWith() throws IOException {
    Path file = old("metrics-15-columns.csv");
    MetricsRow epoch = Metrics.load(file).epochs().get(0);
    assertThat(epoch.validation()).isEqualTo(.114);
    assertThat(epoch.validationTop5Accuracy()).isEqualTo(OptionalDouble.empty());

    MetricsLog.resume(file, 8).close();
    assertThat(Files.readAllLines(file))
        .containsExactly(
            MetricsLog.HEADER,
            ROUND,
            "round,1,2,8,1024,0.0926320082,2.34423260,0.0820312500,,,523.2,0.8333,0.1402,0.0050,2.8571,");
  }

  @Test
  void resumingLeavesHalfLinesAndLaterStepsOut() throws IOException {
    Path file = write("metrics.csv", MetricsLog.HEADER, ROUND, "round,1,2,8,10", EPOCH);
    MetricsLog.resume(file, 4).close();
    assertThat(Files.readAllLines(file)).containsExactly(MetricsLog.HEADER, ROUND);
  }

  @Test
  void resumingRefusesAHeaderWithADamagedName() throws IOException {
    Path file =
        write("metrics.csv", MetricsLog.HEADER.replace("examplesSeen", "examplXsSeen"), ROUND);
    assertThatIOException()
        .isThrownBy(() -> MetricsLog.resume(file, 4))
        .withMessage(
            "Cannot read %s, line 2: the file has an unknown column examplXsSeen (its first line is damaged)",
            file);
  }

  /** {@code isonorm init --diagnose --csv} of the first version. */
  @Test
  void aDiagnosisWithUnderscoresHasTheNamesOfToday() throws IOException {
    List<NormsTable.Row> rows =
        new RecordTable<>(NormsTable.Row.class)
            .read(old("diagnosis-names-with-underscores.csv"), "layer", "activationNorm");
    assertThat(rows).hasSize(8);
    NormsTable.Row stem = rows.get(0);
    assertThat(stem.layer()).isEqualTo("stem");
    assertThat(stem.beta()).isNull();
    assertThat(stem.activationNorm()).isEqualTo(1271.740473459665);
    assertThat(stem.effectiveLearningRate()).isEqualTo(0.031215399662944534);
  }

  @Test
  void aDiagnosisAndARunNameTheirFiguresAlike() {
    NormPropagation norms = norms();
    List<String> lines = NormsTable.csv(Map.of("mine", norms), .1).lines().toList();
    List<String> columns = List.of(lines.get(0).split(",", -1));
    List<String> names =
        NormsLog.rows(3, norms, layer -> .1).stream()
            .filter(row -> row.startsWith("3,second,"))
            .map(row -> row.split(",", -1)[2])
            .toList();
    assertThat(columns.subList(0, 3)).containsExactly("initialization", "depth", "layer");
    assertThat(names).isEqualTo(columns.subList(3, columns.size()));
    assertThat(names)
        .contains(Norms.ACTIVATION, Norms.ERROR, Norms.UPDATE_RATIO, Norms.EFFECTIVE_RATE);
    assertThat(lines.get(2)).startsWith("mine,2,second,2.0,");
  }

  private static NormPropagation norms() {
    SignalStatistics two = new SignalStatistics(2, 0, 1);
    SignalStatistics four = new SignalStatistics(4, 0, 1);
    return new NormPropagation(
        List.of(
            new LayerSignals("first", 3, two, four, 1, .5),
            new LayerSignals("second", 3, four, two, 1, .5)),
        two);
  }

  @Test
  void anEvaluationIsReadAsItWasWritten() throws IOException {
    Evaluation written =
        new Evaluation(
                "test",
                "best",
                4,
                1.5,
                .75,
                1,
                List.of("cat", "dog"),
                List.of(
                    new Evaluation.ClassScore("cat", 1, .5, 2 / 3., 2),
                    new Evaluation.ClassScore("dog", 2 / 3., 1, .8, 2)),
                new long[][] {{1, 1}, {0, 2}},
                null,
                null)
            .withValidation(new Evaluation.Selection(2, .5, .25));
    RunFolder run = RunFolder.create(folder.resolve("run"));
    for (Evaluation each : List.of(written, written.withAugmented("flip", written))) {
      run.writeEvaluation(each);
      assertThat(Evaluation.load(run.evaluation())).usingRecursiveComparison().isEqualTo(each);
    }
    assertThat(Files.readString(run.evaluation()))
        .containsPattern("\"testTimeAugmentation\" : \\{\\s+\"method\" : \"flip\",");
  }

  @Test
  void cellsWithCommasAndQuotesAreReadAsTheyWereWritten() throws IOException {
    List<LayerRow> rows =
        Arrays.asList(
            new LayerRow("a,\"b\"", "convolution", "1x1x1x1", 1, 1, "bn-gamma", .5, .25, 0),
            new LayerRow("#c", "classifier", "1x1x1x1", 1, 1, "", .5, .25, 0));
    Path file = Files.writeString(folder.resolve("initialization.csv"), LayerRow.TABLE.text(rows));
    assertThat(LayerRow.load(file)).isEqualTo(rows);
  }
}
