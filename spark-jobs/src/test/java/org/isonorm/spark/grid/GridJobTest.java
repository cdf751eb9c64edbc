package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.EpochMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridJobTest {
  private static final double ROUNDING = 1e-12;

  @TempDir Path temporary;

  /** Trains nothing: the accuracy is a function of the trial. */
  private static class Pretended implements TrialRunner {
    final List<String> trained = Collections.synchronizedList(new ArrayList<>());
    final List<String> tested = new ArrayList<>();

    @Override
    public TrialResult run(Trial trial, int epochs) throws IOException {
      trained.add(trial.name());
      return TrialResult.trained(trial, Grids.history(epochs, accuracy(trial)), 1.5);
    }

    @Override
    public TestResult test(Trial trial) {
      tested.add(trial.name());
      return new TestResult(accuracy(trial) - .1, OptionalDouble.of(accuracy(trial)), 500);
    }

    /** Best at init-gamma 4, learning rate 0.01; the seed moves it a little. */
    static double accuracy(Trial trial) {
      return (trial.point().get("initialization.init-gamma").equals("4") ? .5 : .4)
          + (trial.point().get("optimizer.learning-rate").equals("0.01") ? .2 : 0)
          + trial.seed() / 100.;
    }
  }

  private Path folder() {
    return temporary.resolve("grid");
  }

  private GridSummary start(IsonormConfig config, TrialRunner runner, int slots)
      throws IOException {
    try (GridFolder folder = GridFolder.create(folder(), config, line -> {})) {
      return job(config, folder, runner, slots).run(false);
    }
  }

  private GridSummary resume(IsonormConfig config, TrialRunner runner, boolean retryFailed)
      throws IOException {
    try (GridFolder folder = GridFolder.resume(folder(), config, line -> {})) {
      return job(config, folder, runner, 1).run(retryFailed);
    }
  }

  private static GridJob job(
      IsonormConfig config, GridFolder folder, TrialRunner runner, int slots) {
    return new GridJob(
        config, SearchSpace.trials(config), folder, runner, slots, line -> {}, Optional.empty());
  }

  @Test
  void theWinnerIsBestOnValidationOverSeedsAndAloneSeesTheTestSplit() throws IOException {
    Pretended runner = new Pretended();
    GridSummary summary = start(Grids.config("grid.seeds-per-point=3"), runner, 2);

    assertThat(runner.trained).hasSize(12).doesNotHaveDuplicates();
    assertThat(summary.status()).isEqualTo("complete");
    assertThat(summary.done()).isEqualTo(12);
    assertThat(summary.points()).hasSize(4);
    assertThat(summary.winner().point().values())
        .isEqualTo(Map.of("initialization.init-gamma", "4", "optimizer.learning-rate", "0.01"));
    assertThat(summary.winner().point().validationAccuracy()).isCloseTo(.72, within(ROUNDING));
    assertThat(summary.winner().point().deviation()).isCloseTo(.01, within(ROUNDING));
    assertThat(runner.tested).isEqualTo(summary.winner().trials()).hasSize(3);
    assertThat(summary.winner().testAccuracy()).isCloseTo(.62, within(ROUNDING));
    assertThat(summary.winner().testDeviation()).isCloseTo(.01, within(ROUNDING));
    JsonNode json = new ObjectMapper().readTree(Files.readString(folder().resolve("grid.json")));
    assertThat(json.get("winner").get("testExamples").asLong()).isEqualTo(500);
    assertThat(summary.winner().augmentedTestAccuracies())
        .zipSatisfy(
            List.of(.71, .72, .73),
            (accuracy, exact) -> assertThat(accuracy).isCloseTo(exact, within(ROUNDING)));
    assertThat(json.get("winner").get("augmentedTestAccuracies")).hasSize(3);
  }

  /** Two epochs each; at init-gamma 0.4 they are short, at learning rate 0.01 long. */
  private static final class Timed extends Pretended {
    @Override
    public TrialResult run(Trial trial, int epochs) {
      boolean small = trial.point().get("initialization.init-gamma").equals("0.4");
      boolean slow = trial.point().get("optimizer.learning-rate").equals("0.01");
      double last = small ? (slow || trial.seed() == 2 ? .45 : .5) : slow ? .9 : .55;
      double seconds = (small ? 4 : 10) + (slow ? 2 : 0) + trial.seed() - 1.5;
      return TrialResult.trained(
          trial,
          List.of(
              new EpochMetrics(1, 10, .1, 2, .2, 2, .3, 100, seconds),
              new EpochMetrics(2, 20, .1, 2, .2, 2, last, 200, 2 * seconds)),
          1.5);
    }
  }

  @Test
  void withATargetThePointWinsWhoseSeedsReachItSoonest() throws IOException {
    GridSummary summary =
        start(Grids.config("grid.seeds-per-point=2", "grid.target-accuracy=0.5"), new Timed(), 1);

    // Not the point of the higher accuracy, nor the faster one that one of two seeds does not
    // reach.
    assertThat(summary.winner().point().values())
        .isEqualTo(Map.of("initialization.init-gamma", "4", "optimizer.learning-rate", "0.1"));
    assertThat(summary.points())
        .extracting(point -> point.timeToTarget().reached())
        .containsExactly(1, 0, 2, 2);
    assertThat(summary.points())
        .extracting(point -> point.timeToTarget().seconds())
        .containsExactly(7., Double.NaN, 20., 24.);
    assertThat(summary.winner().point().timeToTarget().deviation())
        .isCloseTo(Math.sqrt(2), within(ROUNDING));
    List<String> lines = Files.readAllLines(folder().resolve("trials.csv"));
    assertThat(lines.get(0)).endsWith(",cause,trainingSecondsToTarget");
    assertThat(lines.subList(1, 9))
        .extracting(line -> line.substring(line.lastIndexOf(',') + 1))
        .containsExactly("7.0", "", "", "", "19.0", "21.0", "23.0", "25.0");
    JsonNode json = new ObjectMapper().readTree(Files.readString(folder().resolve("grid.json")));
    assertThat(json.get("targetAccuracy").asDouble()).isEqualTo(.5);
    assertThat(json.get("points").get(1).get("timeToTarget"))
        .hasToString("{\"reached\":0,\"seconds\":null,\"deviation\":null}");
  }

  @Test
  void aTargetThatNoPointReachesLeavesTheChoiceToAccuracy() throws IOException {
    GridSummary summary =
        start(Grids.config("grid.seeds-per-point=2", "grid.target-accuracy=0.95"), new Timed(), 1);

    assertThat(summary.winner().point().values())
        .isEqualTo(Map.of("initialization.init-gamma", "4", "optimizer.learning-rate", "0.01"));
    assertThat(summary.winner().point().timeToTarget().reached()).isZero();
  }

  @Test
  void aPointOfTheControlProtocolDoesNotWinOverThePapers() throws IOException {
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) {
            double better = trial.protocol() == Protocol.CONTROL ? .1 : 0;
            return TrialResult.trained(trial, Grids.history(epochs, accuracy(trial) + better), 1.5);
          }
        };
    GridSummary summary = start(Grids.config("grid.protocols=[control, paper]"), runner, 1);

    assertThat(summary.points()).hasSize(8);
    assertThat(summary.winner().point().protocol()).isEqualTo("paper");
    assertThat(summary.winner().trials()).isEqualTo(runner.tested).hasSize(1);
    assertThat(Files.readString(folder().resolve("results.csv"))).contains(",control,");
  }

  @Test
  void theControlProtocolAloneHasAWinner() throws IOException {
    GridSummary summary = start(Grids.config("grid.protocols=[control]"), new Pretended(), 1);

    assertThat(summary.winner().point().protocol()).isEqualTo("control");
  }

  @Test
  void everyResultIsOnDiskBeforeTheNextTrialOfItsSlotStarts() throws IOException {
    Path trials = folder().resolve("trials");
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            for (String before : trained) {
              assertThat(trials.resolve(before).resolve("result.json")).isRegularFile();
            }
            return super.run(trial, epochs);
          }
        };

    assertThat(start(Grids.config(), runner, 1).failed()).isZero();
    assertThat(runner.trained).hasSize(4);
  }

  @Test
  void aKilledGridGoesOnWithWhatIsMissing() throws IOException {
    Pretended killed =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            if (trained.size() == 2) {
              throw new IllegalStateException("killed");
            }
            return super.run(trial, epochs);
          }
        };
    IsonormConfig config = Grids.config();
    assertThatThrownBy(() -> start(config, killed, 1)).hasMessage("killed");
    // What a write leaves behind that a kill cut off.
    AtomicFiles.write(
        folder().resolve("trials").resolve(killed.trained.get(0)).resolve(".result.json.part2"),
        "{\"trial\":");

    Pretended second = new Pretended();
    GridSummary summary = resume(config, second, false);

    assertThat(killed.trained).hasSize(2);
    assertThat(second.trained).hasSize(2).doesNotContainAnyElementsOf(killed.trained);
    assertThat(summary.status()).isEqualTo("complete");
    assertThat(Files.readAllLines(folder().resolve("results.csv"))).hasSize(1 + 8);

    Pretended third = new Pretended();
    assertThat(resume(config, third, false).done()).isEqualTo(4);
    assertThat(third.trained).isEmpty();
  }

  @Test
  void aFailedTrialStopsNoOtherAndIsRetriedWhenAskedFor() throws IOException {
    Pretended failing =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            return trial.number() == 2
                ? TrialResult.failed(trial, List.of(), "Cannot read part 7, \"gone\"", 1)
                : super.run(trial, epochs);
          }
        };
    IsonormConfig config = Grids.config();
    GridSummary summary = start(config, failing, 2);

    assertThat(summary.failed()).isEqualTo(1);
    assertThat(summary.done()).isEqualTo(3);
    assertThat(Files.readString(folder().resolve("trials.csv")))
        .contains("\"Cannot read part 7, \"\"gone\"\"\"");

    Pretended untouched = new Pretended();
    assertThat(resume(config, untouched, false).failed()).isEqualTo(1);
    assertThat(untouched.trained).isEmpty();

    Pretended retried = new Pretended();
    assertThat(resume(config, retried, true).done()).isEqualTo(4);
    assertThat(retried.trained).containsExactly("002-init-gamma-0.4-learning-rate-0.01-seed-1");
  }

  @Test
  void aDivergedTrialIsAResultThatKeepsItsPointFromWinning() throws IOException {
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            return trial.number() == 7
                ? TrialResult.diverged(
                    trial, Grids.history(1, .9), 2, 17, "Training diverged: …", 1)
                : super.run(trial, epochs);
          }
        };
    GridSummary summary = start(Grids.config("grid.seeds-per-point=2"), runner, 1);

    assertThat(summary.diverged()).isEqualTo(1);
    assertThat(summary.points().get(3).diverged()).isEqualTo(1);
    // Seed 1 of init-gamma 4, learning rate 0.01 diverged; the next best point wins.
    assertThat(summary.winner().point().values()).containsEntry("initialization.init-gamma", "0.4");
    assertThat(Files.readAllLines(folder().resolve("trials.csv")).get(7))
        .startsWith("007-")
        .contains(",diverged,")
        .contains(",2,17,");
    assertThat(resume(Grids.config("grid.seeds-per-point=2"), new Pretended(), true).diverged())
        .isEqualTo(1);
  }

  @Test
  void anotherSearchSpaceIsRefusedWithTheDifference() throws IOException {
    start(Grids.config(), new Pretended(), 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> resume(Grids.config("training.epochs=3"), new Pretended(), false))
        .withMessage(
            "Invalid --resume: the search space of %s is another: training.epochs was 2 and is 3 (resume with the grid's own configuration, or choose another --output)",
            folder());
    assertThat(resume(Grids.config("grid.parallel-trials=1"), new Pretended(), false).done())
        .isEqualTo(4);
  }

  @Test
  void aFolderIsNeverOverwrittenNorUsedTwiceAtATime() throws IOException {
    IsonormConfig config = Grids.config();
    start(config, new Pretended(), 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> start(config, new Pretended(), 1))
        .withMessage(
            "Invalid output: %s is not empty (go on with --resume %s, or choose another --output)",
            folder(), folder());
    try (GridFolder holder = GridFolder.resume(folder(), config, line -> {})) {
      assertThat(holder.path()).isEqualTo(folder());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> resume(config, new Pretended(), false))
          .withMessageMatching(
              "Invalid grid folder: .* is in use by process \\d+ on .* \\(wait for it, or stop it\\)");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GridJob.config(temporary))
        .withMessage(
            "Invalid --resume: %s is not a grid's folder (it has no config.conf)", temporary);
  }

  @Test
  void aUsedUpBudgetStopsTheGridUntilItIsResumed() throws IOException {
    Pretended runner = new Pretended();
    GridSummary stopped = start(Grids.config("grid.budget-trials=3"), runner, 1);

    assertThat(stopped.status()).isEqualTo("stopped");
    assertThat(stopped.missing()).isEqualTo(1);
    assertThat(stopped.winner()).isNull();
    // A single seed has no spread, and JSON no NaN.
    JsonNode point =
        new ObjectMapper().readTree(folder().resolve("grid.json").toFile()).get("points").get(0);
    assertThat(point.get("validationAccuracy").isNumber()).isTrue();
    assertThat(point.get("deviation").isNull()).isTrue();
    assertThat(runner.tested).isEmpty();
    assertThat(resume(Grids.config(), new Pretended(), false).status()).isEqualTo("complete");
  }

  @Test
  void slotsWorkAtTheSameTime() throws IOException {
    CountDownLatch together = new CountDownLatch(2);
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            together.countDown();
            try {
              // Only passes when two trials are in here at once.
              assertThat(together.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.run(trial, epochs);
          }
        };

    assertThat(start(Grids.config(), runner, 2).done()).isEqualTo(4);
  }

  @Test
  void aResultThatCannotBeWrittenEndsAGridThatWaitsForItsRungs() {
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            if (trained.size() < 3) {
              return super.run(trial, epochs);
            }
            throw new IOException("Cannot write: disk full");
          }
        };

    // The other slots wait for the trial that fails, since it could be promoted.
    assertThatThrownBy(() -> start(Grids.config("grid.pruning.enabled=true"), runner, 4))
        .hasMessage("Cannot write: disk full");
  }

  @Test
  void trialsThatRunEndBeforeAFailureIsTold() throws IOException {
    CountDownLatch failed = new CountDownLatch(1);
    CountDownLatch other = new CountDownLatch(1);
    Pretended runner =
        new Pretended() {
          @Override
          public TrialResult run(Trial trial, int epochs) throws IOException {
            try {
              if (trial.name().startsWith("001")) {
                other.await();
                failed.countDown();
                throw new IOException("Cannot write: disk full");
              }
              other.countDown();
              failed.await();
              Thread.sleep(200);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.run(trial, epochs);
          }
        };

    assertThatThrownBy(() -> start(Grids.config(), runner, 2))
        .hasMessage("Cannot write: disk full");
    assertThat(runner.trained).hasSize(1);
    try (GridFolder folder = GridFolder.resume(folder(), Grids.config(), line -> {})) {
      for (Trial trial : SearchSpace.trials(Grids.config())) {
        assertThat(folder.result(trial).isPresent())
            .isEqualTo(runner.trained.contains(trial.name()));
      }
    }
  }

  @Test
  void theTablesHoldARowATrialAndEpoch() throws IOException {
    start(Grids.config("grid.axes.initialization.rule=[5/m, bn-gamma]"), new Pretended(), 1);

    List<String> lines = Files.readAllLines(folder().resolve("results.csv"));
    assertThat(lines.get(0))
        .isEqualTo(
            "trial,status,protocol,initialization.init-gamma,initialization.rule,optimizer.learning-rate,seed,epoch,step,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,wallClockSeconds");
    assertThat(lines).hasSize(1 + 16);
    assertThat(lines.get(2))
        .startsWith(
            "001-init-gamma-0.4-rule-5_m-learning-rate-0.1-seed-1,done,paper,0.4,5/m,0.1,1,2,20,0.1,2.0,0.2,2.0,0.41");
    List<Map<String, String>> parquet = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(
                new GroupReadSupport(),
                new org.apache.hadoop.fs.Path(folder().resolve("results.parquet").toUri()))
            .withConf(new Configuration())
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        Map<String, String> cells = new TreeMap<>();
        for (String column : lines.get(0).split(",", -1)) {
          cells.put(column, row.getValueToString(row.getType().getFieldIndex(column), 0));
        }
        parquet.add(cells);
      }
    }
    assertThat(parquet).hasSize(16);
    assertThat(parquet.get(1))
        .containsEntry("epoch", "2")
        .containsEntry("initialization.rule", "5/m")
        .containsEntry("optimizer.learning-rate", "0.1");
    try (var files = Files.list(folder())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              ".lock",
              "config.conf",
              "grid.json",
              "results.csv",
              "results.parquet",
              "trials",
              "trials.csv");
    }
  }
}
