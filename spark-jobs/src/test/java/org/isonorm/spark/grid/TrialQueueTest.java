package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.isonorm.spark.config.PruningConfig;
import org.isonorm.spark.grid.TrialQueue.Work;
import org.isonorm.spark.run.EpochMetrics;
import org.junit.jupiter.api.Test;

class TrialQueueTest {
  private static final long MINUTE = 60_000_000_000L;

  /** Nine trials of nine epochs. */
  private final List<Trial> trials =
      SearchSpace.trials(
          Grids.config(
              "training.epochs=9",
              "grid.axes.optimizer.learning-rate=[0.1, 0.01, 0.001]",
              "grid.axes.initialization.init-gamma=[0.4, 4, 40]"));

  private final PruningConfig pruning = new PruningConfig(true, 3, 1);

  @Test
  void theLongestTrialsComeFirstAndEqualOnesInTheirOrder() {
    LongestFirst queue =
        new LongestFirst(trials, trial -> trial.number() > 6 ? 2 : 1, Budget.unlimited());

    assertThat(drain(queue).stream().map(work -> work.trial().number()))
        .containsExactly(7, 8, 9, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void aTrialThatStoppedEarlyIsDone() {
    Trial trial =
        SearchSpace.trials(Grids.config("training.epochs=9", "training.patience=2")).get(0);
    List<EpochMetrics> best = Grids.history(2, .5);
    EpochMetrics worse = new EpochMetrics(3, 30, .1, 2, .2, 2, .4, 3, 3);
    EpochMetrics worst = new EpochMetrics(4, 40, .1, 2, .2, 2, .3, 4, 4);

    assertThat(TrialResult.trained(trial, best, 1).status()).isEqualTo(TrialResult.Status.PRUNED);
    List<EpochMetrics> one = List.of(best.get(0), best.get(1), worse);
    assertThat(TrialResult.trained(trial, one, 1).status()).isEqualTo(TrialResult.Status.PRUNED);
    List<EpochMetrics> two = List.of(best.get(0), best.get(1), worse, worst);
    assertThat(TrialResult.trained(trial, two, 1).status()).isEqualTo(TrialResult.Status.DONE);
    assertThat(TrialResult.trained(trials.get(0), two, 1).status())
        .isEqualTo(TrialResult.Status.PRUNED);
  }

  @Test
  void aBudgetOfTrialsStartsNoMore() {
    assertThat(drain(new LongestFirst(trials, trial -> 1, new Budget(4, 0, () -> 0)))).hasSize(4);
  }

  @Test
  void aBudgetOfMinutesStartsNoneAfterThem() {
    AtomicLong clock = new AtomicLong(7);
    LongestFirst queue = new LongestFirst(trials, trial -> 1, new Budget(0, 2, clock::get));

    assertThat(queue.next()).isPresent();
    clock.addAndGet(2 * MINUTE - 1);
    assertThat(queue.next()).isPresent();
    clock.addAndGet(1);
    assertThat(queue.next()).isEmpty();
  }

  @Test
  void halvingLetsTheBestThirdOfEveryRungGoOn() throws InterruptedException {
    Map<Integer, Integer> epochs =
        play(
            new SuccessiveHalving(trials, List.of(), pruning, Budget.unlimited()), new HashMap<>());

    // The lower the number, the higher the accuracy.
    assertThat(epochs).isEqualTo(Map.of(1, 9, 2, 3, 3, 3, 4, 1, 5, 1, 6, 1, 7, 1, 8, 1, 9, 1));
  }

  @Test
  void halvingTrainsTheBestToTheEndWhereThereAreTooFewToHalve() throws InterruptedException {
    Map<Integer, Integer> epochs =
        play(
            new SuccessiveHalving(trials.subList(3, 5), List.of(), pruning, Budget.unlimited()),
            new HashMap<>());

    assertThat(epochs).isEqualTo(Map.of(4, 9, 5, 1));
  }

  @Test
  void halvingComparesTrialsWithinTheirProtocol() throws InterruptedException {
    List<Trial> both =
        SearchSpace.trials(
            Grids.config(
                "training.epochs=3",
                "grid.protocols=[paper, control]",
                "grid.axes.optimizer.learning-rate=[0.1, 0.01, 0.001]",
                "grid.axes.initialization.init-gamma=[0.4]"));
    Map<Integer, Integer> epochs =
        play(new SuccessiveHalving(both, List.of(), pruning, Budget.unlimited()), new HashMap<>());

    assertThat(epochs).isEqualTo(Map.of(1, 3, 2, 1, 3, 1, 4, 3, 5, 1, 6, 1));
  }

  @Test
  void halvingGoesOnFromEarlierResults() throws InterruptedException {
    Map<Trial, TrialResult> results = new HashMap<>();
    play(new SuccessiveHalving(trials, List.of(), pruning, new Budget(5, 0, () -> 0)), results);
    List<Integer> before = results.keySet().stream().map(Trial::number).sorted().toList();
    assertThat(before).containsExactly(1, 2, 3, 4, 5);

    List<Work> again = new ArrayList<>();
    SuccessiveHalving queue =
        new SuccessiveHalving(trials, results.values(), pruning, Budget.unlimited());
    Optional<Work> work = queue.next();
    while (work.isPresent()) {
      again.add(work.get());
      queue.ended(work.get(), result(work.get()));
      work = queue.next();
    }

    assertThat(again.stream().filter(w -> w.epochs() == 1).map(w -> w.trial().number()))
        .containsExactly(6, 7, 8, 9);
    assertThat(again).endsWith(new Work(trials.get(0), 9));
  }

  @Test
  void halvingNeverLetsADivergedTrialGoOn() throws InterruptedException {
    SuccessiveHalving queue =
        new SuccessiveHalving(trials.subList(0, 3), List.of(), pruning, Budget.unlimited());
    for (int i = 0; i < 3; i++) {
      Work work = queue.next().orElseThrow();
      assertThat(work.epochs()).isEqualTo(1);
      queue.ended(
          work, TrialResult.diverged(work.trial(), List.of(), 1, 3, "Training diverged", 1));
    }

    assertThat(queue.next()).isEmpty();
  }

  private static List<Work> drain(LongestFirst queue) {
    List<Work> all = new ArrayList<>();
    Optional<Work> work = queue.next();
    while (work.isPresent()) {
      assertThat(work.get().epochs()).isEqualTo(9);
      all.add(work.get());
      work = queue.next();
    }
    return all;
  }

  /** Plays a queue to its end with one slot; the epochs each trial was trained for. */
  private static Map<Integer, Integer> play(SuccessiveHalving queue, Map<Trial, TrialResult> into)
      throws InterruptedException {
    Map<Integer, Integer> epochs = new HashMap<>();
    Optional<Work> work = queue.next();
    while (work.isPresent()) {
      epochs.put(work.get().trial().number(), work.get().epochs());
      into.put(work.get().trial(), result(work.get()));
      queue.ended(work.get(), result(work.get()));
      work = queue.next();
    }
    return epochs;
  }

  private static TrialResult result(Work work) {
    return TrialResult.trained(
        work.trial(), Grids.history(work.epochs(), 1 - work.trial().number() / 10.), 1);
  }
}
