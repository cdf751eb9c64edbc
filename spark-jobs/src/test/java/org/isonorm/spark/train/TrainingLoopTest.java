package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.run.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the validation accuracy does to a run's course: rounds that compute nothing. */
class TrainingLoopTest {
  private static final int STEPS = 3;
  private static final double ROUNDING = 1e-15;

  /** After the epochs of a run. */
  private static final double[] ACCURACIES = {.2, .5, .4, .5, .5, .6, .1, .1, .1, .1};

  /** Keeps the learning rate of every step. */
  private static final class Recorded implements Rounds {
    private final List<Double> rates = new ArrayList<>();

    @Override
    public int frequency() {
      return 2;
    }

    @Override
    public boolean isObserved() {
      return false;
    }

    @Override
    public Result train(ModelState from, Progress progress, Round round) {
      Arrays.stream(round.learningRates()).forEach(rates::add);
      return new Result(
          from, progress.afterRound(round.steps()), new RoundSummary(round, 1, 1, 0, 1, 1, 0, 0));
    }
  }

  private static Recipe recipe(String... settings) {
    List<String> all = new ArrayList<>(List.of("training.epochs=10"));
    all.addAll(List.of(settings));
    IsonormConfig config = IsonormConfig.load(Optional.empty(), all);
    return new Recipe(
        TrainingMode.AVERAGED,
        config,
        null,
        null,
        null,
        1,
        STEPS,
        config.optimizer().schedule(STEPS, config.training().epochs()));
  }

  private static TrainingPoint start() {
    return new TrainingPoint(
        new ModelState(new byte[0], new byte[0]),
        TrainingState.start(NetworkDefinition.of("resnet-8"), "synthetic", 1));
  }

  private static TrainingPoint train(Recipe recipe, Rounds rounds, TrainingPoint from, int epochs)
      throws IOException {
    int[] epoch = {from.progress().epoch()};
    int every = recipe.config().training().evaluateEveryEpochs();
    TrainingLoop.Validation validation =
        model -> {
          epoch[0] = Math.min(epochs, (epoch[0] / every + 1) * every);
          return evaluation(ACCURACIES[epoch[0] - 1]);
        };
    return new TrainingLoop(recipe, rounds, Optional.of(validation), List.of(), from).train(epochs);
  }

  private static Evaluation evaluation(double accuracy) {
    return new Evaluation(
        "validation",
        "last",
        10,
        1,
        accuracy,
        accuracy,
        List.of(),
        List.of(),
        new long[0][],
        null,
        null);
  }

  @Test
  void endsWhereNoEpochWasBetterForSoLong() throws IOException {
    assertThat(train(recipe(), new Recorded(), start(), 10).progress().epoch()).isEqualTo(10);
    // .5 of epoch 2 is reached again, but not exceeded.
    TrainingPoint end = train(recipe("training.patience=3"), new Recorded(), start(), 10);
    assertThat(end.progress().epoch()).isEqualTo(5);
    assertThat(end.training().bestEpoch()).isEqualTo(2);
    // .6 of epoch 6 comes in time.
    assertThat(train(recipe("training.patience=4"), new Recorded(), start(), 10).progress().epoch())
        .isEqualTo(10);
    // Epochs 2, 4 and 6 are evaluated: the first is not exceeded before the last.
    assertThat(
            train(
                    recipe("training.patience=2", "training.evaluate-every-epochs=2"),
                    new Recorded(),
                    start(),
                    10)
                .progress()
                .epoch())
        .isEqualTo(4);
  }

  @Test
  void aRunThatEndedEarlyTrainsNoMore() throws IOException {
    Recipe recipe = recipe("training.patience=3");
    TrainingPoint end = train(recipe, new Recorded(), start(), 10);
    Recorded more = new Recorded();

    assertThat(train(recipe, more, end, 10).progress()).isEqualTo(end.progress());
    assertThat(more.rates).isEmpty();
    assertThat(EarlyStop.sentence(recipe.config().training(), end.training()))
        .isEqualTo(
            "Stopped early after epoch 5 of 10: for 3 epochs no validation accuracy above the"
                + " 50.00% of epoch 2 (training.patience = 3)");
  }

  /** Paused after any number of epochs, the rates are the same. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 8})
  void lowersTheRateOfTheEpochsAfterAPlateau(int pause) throws IOException {
    Recipe recipe =
        recipe(
            "optimizer.schedule=plateau",
            "optimizer.warmup-epochs=1",
            "optimizer.plateau.patience=1",
            "optimizer.plateau.factor=.5",
            "optimizer.plateau.least-learning-rate=.02");
    Recorded rounds = new Recorded();
    TrainingPoint end = train(recipe, rounds, train(recipe, rounds, start(), pause), 10);

    assertThat(end.progress().epoch()).isEqualTo(10);
    // Worse than .5 after epochs 3 and 4; better after 6; worse after 7 and 8, 9 and 10.
    double[] epochs = {.1, .1, .1, .1, .05, .05, .05, .05, .025, .025};
    assertThat(rounds.rates).hasSize(epochs.length * STEPS);
    for (int step = 0; step < rounds.rates.size(); step++) {
      double warmup = step < STEPS ? (step + 1.) / STEPS : 1;
      assertThat(rounds.rates.get(step))
          .as("step %d", step)
          .isCloseTo(warmup * epochs[step / STEPS], within(ROUNDING));
    }
    assertThat(end.training().plateau().reductions()).isEqualTo(3);
  }

  /** Resumed after any number of epochs, the rates are the same. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aPiecewiseRateIsAFunctionOfTheStepAlone(int pause) throws IOException {
    Recipe recipe =
        recipe(
            "training.epochs=3",
            "optimizer.learning-rate=2",
            "optimizer.schedule=piecewise",
            "optimizer.schedule-points=[{epoch = 0, factor = .25}, {epoch = 1, factor = 1},"
                + " {epoch = 3, factor = 0.25}]");
    Recorded rounds = new Recorded();
    train(recipe, rounds, train(recipe, rounds, start(), pause), 3);

    assertThat(rounds.rates)
        .hasSize(9)
        .zipSatisfy(
            List.of(.5, 1., 1.5, 2., 1.75, 1.5, 1.25, 1., .75),
            (rate, exact) -> assertThat(rate).isCloseTo(exact, within(ROUNDING)));
  }
}
