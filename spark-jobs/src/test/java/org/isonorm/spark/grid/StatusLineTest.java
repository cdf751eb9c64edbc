package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.PruningConfig;
import org.junit.jupiter.api.Test;

/** Trials of two epochs and 100 s each. */
class StatusLineTest {
  private static final double SECONDS = 100;

  private final List<String> lines = new ArrayList<>();
  private double clock;

  private StatusLine status(IsonormConfig config) {
    List<Trial> trials = SearchSpace.trials(config);
    return new StatusLine(
        lines::add,
        new StatusLine.Work(
            trial -> 7,
            1,
            trials.size(),
            7. * trials.size(),
            false,
            true,
            config.grid().targetAccuracy()),
        Map.of(),
        () -> (long) (1e9 * clock));
  }

  private void train(StatusLine status, Trial trial, double accuracy) {
    status.started(trial);
    clock += SECONDS;
    status.ended(trial, TrialResult.trained(trial, Grids.history(2, accuracy), SECONDS), SECONDS);
  }

  private void diverge(StatusLine status, Trial trial) {
    status.started(trial);
    clock += SECONDS;
    status.ended(
        trial,
        TrialResult.diverged(trial, Grids.history(1, .9), 2, 3, "loss NaN", SECONDS),
        SECONDS);
  }

  private String last(StatusLine status) {
    status.tick();
    return lines.get(lines.size() - 1);
  }

  @Test
  void timeLeftIsThatOfTheWaitingAndOfTheRestOfTheRunning() {
    List<Trial> trials = SearchSpace.trials(Grids.config());
    StatusLine status = status(Grids.config());
    assertThat(last(status)).endsWith("left unknown");
    train(status, trials.get(0), .5);
    assertThat(last(status)).endsWith("left 5m00s");
    status.started(trials.get(1));
    clock += 40;
    assertThat(last(status)).endsWith("left 4m20s");
  }

  @Test
  void sevenSecondsBeforeTheEndSevenSecondsAreLeft() {
    List<Trial> trials = SearchSpace.trials(Grids.config());
    StatusLine status = status(Grids.config());
    train(status, trials.get(0), .5);
    // Their time says nothing of how long a trial takes that trains to the end.
    diverge(status, trials.get(1));
    diverge(status, trials.get(2));
    status.started(trials.get(3));
    clock += 93;
    assertThat(last(status)).endsWith("left 0m07s");
    clock += 20;
    assertThat(last(status)).endsWith("left unknown (past the estimate)");
    status.ended(trials.get(3), TrialResult.trained(trials.get(3), Grids.history(2, .5), 113), 113);
    assertThat(last(status)).endsWith("left 0m00s");
  }

  @Test
  void theBestSoFarIsAPointThatCanWin() {
    IsonormConfig config =
        Grids.config("grid.seeds-per-point=2", "grid.protocols=[paper, control]");
    StatusLine status = status(config);
    for (Trial trial : SearchSpace.trials(config)) {
      boolean best = trial.number() == 1;
      boolean control = SearchSpace.label(trial.protocol()).equals("control");
      if (best && !control) {
        diverge(status, trial);
      } else if (trial.number() <= 3 || control) {
        train(status, trial, control ? .95 : trial.number() == 2 ? .9 : .5);
      }
    }
    Trial third = SearchSpace.trials(config).get(2);
    assertThat(last(status))
        .contains(
            "best so far 50.00%% on validation (%s, n = 1)"
                .formatted(Trial.describe("paper", third.point())));
  }

  @Test
  void withATargetTheBestSoFarIsTheSoonestAtIt() {
    IsonormConfig config = Grids.config("grid.target-accuracy=0.6");
    List<Trial> trials = SearchSpace.trials(config);
    StatusLine status = status(config);
    train(status, trials.get(0), .5);
    assertThat(last(status)).contains("best so far 50.00% on validation (");
    train(status, trials.get(1), .6);
    assertThat(last(status))
        .contains("best so far 20.0 s to 60.00% (" + Trial.describe("paper", trials.get(1).point()))
        .contains(", 1 of n = 1)");
  }

  @Test
  void whatPruningLeavesIsCountedByItsRungs() {
    // Of nine, nine train an epoch, three two more and one six more.
    assertThat(SuccessiveHalving.expectedEpochs(9, 9, new PruningConfig(true, 3, 1)))
        .isCloseTo((9 + 3 * 2 + 6) / 9., within(1e-12));
  }
}
