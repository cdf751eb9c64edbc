package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  /** Of before there was a top-5 accuracy. */
  private static final String HEADER =
      "kind,epoch,round,step,examplesSeen,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,"
          + "imagesPerSecond,computeSeconds,syncSeconds,inputSeconds,wallClockSeconds\n";

  @TempDir Path folder;

  private Metrics load(String... lines) throws IOException {
    return Metrics.load(
        Files.writeString(folder.resolve("metrics.csv"), HEADER + String.join("\n", lines) + "\n"));
  }

  @Test
  void readsEveryColumn() throws IOException {
    Metrics metrics = load("epoch,3,7,90,5760,.01,1.5,.5,1.75,.25,1200,6,2,1,27.5");
    assertThat(metrics.epochs())
        .containsExactly(
            new MetricsRow(
                "epoch",
                3,
                7,
                90,
                5760,
                .01,
                OptionalDouble.of(1.5),
                .5,
                OptionalDouble.of(1.75),
                OptionalDouble.of(.25),
                1200,
                6,
                2,
                1,
                27.5,
                OptionalDouble.empty()));
    assertThat(metrics.rounds()).isEmpty();
    assertThat(metrics.stepsPerEpoch()).isEqualTo(30);
    assertThat(metrics.wallClockSeconds()).isEqualTo(27.5);
  }

  @Test
  void readsColumnsByNameInAnyOrder() throws IOException {
    Files.writeString(
        folder.resolve("metrics.csv"), "trainLoss,later,step,epoch,kind\r\n2.5,?,10,1,epoch\r\n");
    MetricsRow row = Metrics.load(folder.resolve("metrics.csv")).epochs().get(0);
    assertThat(row.loss()).isEqualTo(2.5);
    assertThat(row.step()).isEqualTo(10);
    assertThat(row.learningRate()).isNaN();
  }

  @Test
  void timesOfTrainingAddUpToTheFirstEpochOfAnAccuracy() throws IOException {
    Metrics metrics =
        load(
            "epoch,1,1,10,9,.1,2,.3,1.9,.099999,100,2,1,1,60",
            "epoch,2,2,20,9,.1,2,.3,1.9,.3,100,3,1,1,120",
            "epoch,3,3,30,9,.1,2,.3,,,100,4,1,1,180",
            "epoch,4,4,40,9,.1,2,.3,1.9,.25,100,4,.5,.5,240",
            "epoch,5,5,50,9,.1,2,.3,1.9,.9,100,4,1,.5,300",
            "epoch,6,6,60,9,.1,2,.3,1.9,.9299,100,4,1,.5,360");

    assertThat(metrics.trainingSeconds()).containsExactly(4, 9, 15, 20, 25.5, 31);
    assertThat(metrics.reached())
        .containsExactly(
            new Metrics.Reached(10, 2, 9),
            new Metrics.Reached(20, 2, 9),
            new Metrics.Reached(30, 2, 9),
            new Metrics.Reached(40, 5, 25.5),
            new Metrics.Reached(50, 5, 25.5),
            new Metrics.Reached(60, 5, 25.5),
            new Metrics.Reached(70, 5, 25.5),
            new Metrics.Reached(80, 5, 25.5),
            new Metrics.Reached(90, 5, 25.5),
            new Metrics.Reached(91, 6, 31),
            new Metrics.Reached(92, 6, 31));
    assertThat(Metrics.NONE.reached()).isEmpty();
  }

  @Test
  void laterRowsOfAResumedRunCount() throws IOException {
    Metrics metrics =
        load(
            "round,1,1,5,,,3,,,,,,,,",
            "round,1,2,10,,,2,,,,,,,,",
            "epoch,1,2,10,,,2.5,,,,,,,,",
            "round,2,3,15,,,1.9,,,,,,,,",
            "round,1,2,10,,,2.2,,,,,,,,",
            "epoch,1,2,10,,,2.6,,,,,,,,",
            "round,2,3,15,,,1.8,,,,,,,,");
    assertThat(metrics.rounds()).extracting(MetricsRow::loss).containsExactly(3.0, 2.2, 1.8);
    assertThat(metrics.epochs()).extracting(MetricsRow::loss).containsExactly(2.6);
  }

  @Test
  void bestEpochIsTheEarliestOfEquals() throws IOException {
    Metrics metrics =
        load(
            "epoch,1,1,5,,,2,,,.4,,,,,",
            "epoch,2,2,10,,,2,,,.6,,,,,",
            "epoch,3,3,15,,,2,,,.6,,,,,",
            "epoch,4,4,20,,,2,,,,,,,,");
    assertThat(metrics.bestEpoch()).map(MetricsRow::epoch).contains(2L);
    assertThat(metrics.lastEvaluatedEpoch()).map(MetricsRow::epoch).contains(3L);
  }

  @Test
  void anEmptyLossIsNotADivergedOne() throws IOException {
    assertThat(load("round,1,1,5,,,,,,,,,,,").divergence()).isEmpty();
    assertThat(load("round,1,1,5,,,NaN,,,,,,,,").divergence()).isPresent();
  }

  @Test
  void medianThroughputIsOverTheRounds() throws IOException {
    Metrics metrics =
        load(
            "round,1,1,5,,,2,,,,100,,,,",
            "round,1,2,10,,,2,,,,400,,,,",
            "round,1,3,15,,,2,,,,200,,,,",
            "epoch,1,3,15,,,2,,,,999,,,,");
    assertThat(metrics.medianImagesPerSecond()).isEqualTo(200);
  }

  @Test
  void anUnfinishedEpochTakesTheTimeOfItsRounds() throws IOException {
    Metrics metrics =
        load(
            "round,1,1,5,,,2,,,,,9,9,9,",
            "epoch,1,1,5,,,2,,,,,10,2,1,",
            "round,2,2,10,,,2,,,,,3,.5,.25,",
            "round,2,3,15,,,2,,,,,4,.5,.25,");
    assertThat(metrics.epochSeconds()).extracting(MetricsRow::seconds).containsExactly(13.0, 8.5);
  }
}
