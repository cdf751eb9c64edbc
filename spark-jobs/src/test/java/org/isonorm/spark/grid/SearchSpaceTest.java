package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.OptimizerOverrideConfig.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchSpaceTest {
  @Test
  void enumeratesEveryCombinationTheLastAxisFastestAndSeedsTogether() {
    List<Trial> trials = SearchSpace.trials(Grids.config("grid.seeds-per-point=2", "run.seed=5"));

    assertThat(trials.stream().map(Trial::name))
        .containsExactly(
            "001-init-gamma-0.4-learning-rate-0.1-seed-5",
            "002-init-gamma-0.4-learning-rate-0.1-seed-6",
            "003-init-gamma-0.4-learning-rate-0.01-seed-5",
            "004-init-gamma-0.4-learning-rate-0.01-seed-6",
            "005-init-gamma-4-learning-rate-0.1-seed-5",
            "006-init-gamma-4-learning-rate-0.1-seed-6",
            "007-init-gamma-4-learning-rate-0.01-seed-5",
            "008-init-gamma-4-learning-rate-0.01-seed-6");
    IsonormConfig seventh = trials.get(6).config();
    assertThat(seventh.initialization().initGamma()).hasToString("4");
    assertThat(seventh.optimizer().learningRate()).isEqualTo(.01);
    assertThat(seventh.run().seed()).isEqualTo(5);
    assertThat(seventh.grid().axes()).isEmpty();
  }

  @Test
  void refusesToRaceTrialsThatDoNotSayTheirTime() {
    assertThatThrownBy(
            () ->
                SearchSpace.trials(
                    Grids.config(
                        "grid.mode=data-parallel",
                        "grid.target-accuracy=0.9",
                        "averaging.engine=dl4j")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported: grid.target-accuracy = 0.9 with averaging.engine = dl4j (DL4J's master"
                + " does not say how long its rounds took; use averaging.engine = isonorm, or"
                + " grid.target-accuracy = 0)");
  }

  @Test
  void theOrderDoesNotDependOnHowTheAxesAreWritten() {
    IsonormConfig reversed =
        Grids.config(
            "grid.axes.initialization.init-gamma=[0.4, 4]",
            "grid.axes.optimizer.learning-rate=[0.1, 0.01]");

    assertThat(SearchSpace.trials(reversed)).isEqualTo(SearchSpace.trials(Grids.config()));
  }

  /** Also as the configuration of the grid's folder has them, where they are texts. */
  @Test
  void aWholeScheduleIsAValue() {
    IsonormConfig config =
        Grids.config(
            "optimizer.schedule=piecewise",
            "optimizer.schedule-points=[{epoch = 0, factor = 1}, {epoch = 2, factor = 0}]",
            "grid.axes.optimizer.schedule-points="
                + "[[{epoch = 0, factor = 1}, {epoch = 2, factor = 0}],"
                + " [{epoch = 0, factor = 0.5}, {epoch = 1, factor = 1}, {epoch = 2, factor = 0}]]",
            "grid.axes.optimizer.frozen=[[], [stem, \"a b\"]]",
            "grid.axes.optimizer.learning-rate=[0.1]",
            "grid.axes.initialization.init-gamma=[4]");

    List<Trial> trials = SearchSpace.trials(config);

    assertThat(trials)
        .extracting(trial -> trial.config().optimizer().schedulePoints().size())
        .containsExactly(2, 3, 2, 3);
    assertThat(trials.get(3).config().optimizer().frozen()).containsExactly("stem", "a b");
    assertThat(trials.get(1).point())
        .containsEntry(
            "optimizer.schedule-points",
            "[{\"epoch\":0,\"factor\":0.5},{\"epoch\":1,\"factor\":1},{\"epoch\":2,\"factor\":0}]");
    assertThat(SearchSpace.trials(config.with(List.of()))).isEqualTo(trials);
  }

  @Test
  void anyKeyIsAnAxisSeedAndTextsToo() {
    List<Trial> trials =
        SearchSpace.trials(
            Grids.config(
                "grid.axes.initialization.rule=[5/m, xavier]",
                "grid.axes.network.name=[resnet-20, vgg-11]",
                "grid.axes.run.seed=[3, 9]"));

    assertThat(trials).hasSize(32).extracting(Trial::name).doesNotHaveDuplicates();
    Trial first = trials.get(0);
    assertThat(first.name())
        .isEqualTo("001-init-gamma-0.4-rule-5_m-name-resnet-20-learning-rate-0.1-seed-3");
    assertThat(first.config().initialization().rule()).isEqualTo("5/m");
    assertThat(first.point()).doesNotContainKey("run.seed");
    assertThat(trials.get(1).seed()).isEqualTo(9);
  }

  @Test
  void namesOfFoldersAreNoLongerThanAFileSystemTakes() {
    assertThat(name(3, 12)).isEqualTo("003-%sseed-12345".formatted(axes(12))).hasSize(254);
    assertThat(name(3, 13)).isEqualTo("003-%s_etc-seed-12345".formatted(axes(8)));
    assertThat(name(1234, 14)).isEqualTo("1234-%s_etc-seed-12345".formatted(axes(8)));
  }

  private static String name(int number, int axes) {
    Map<String, String> point =
        IntStream.range(0, axes)
            .boxed()
            .collect(Collectors.toMap(axis -> "group.key-" + (10 + axis), axis -> "a-long/value"));
    return new Trial(number, Protocol.PAPER, point, 12_345, Grids.config()).name();
  }

  private static String axes(int axes) {
    return IntStream.range(0, axes)
        .mapToObj(axis -> "key-%d-a-long_value-".formatted(10 + axis))
        .collect(Collectors.joining());
  }

  @Test
  void aTrialInOneTaskIsARunOfOneWorker() {
    Trial trial = SearchSpace.trials(Grids.config("averaging.frequency=8")).get(0);
    assertThat(trial.config().averaging().workers()).isEqualTo(1);
    assertThat(trial.config().averaging().frequency()).isEqualTo(1);

    Trial averaged =
        SearchSpace.trials(Grids.config("averaging.frequency=8", "grid.mode=data-parallel")).get(0);
    assertThat(averaged.config().averaging().workers()).isEqualTo(2);
    assertThat(averaged.config().averaging().frequency()).isEqualTo(8);
  }

  @Test
  void theControlProtocolGivesTheAxisToConvolutionsAlone() {
    List<Trial> trials =
        SearchSpace.trials(
            Grids.config(
                "grid.protocols=[paper, control]",
                "optimizer.learning-rate=0.2",
                "optimizer.overrides=[{kind = biases, learning-rate-factor = 2}]"));

    assertThat(trials).hasSize(8);
    assertThat(trials.get(0).config().optimizer().overrides()).hasSize(1);
    Trial fast = trials.get(4);
    Trial slow = trials.get(5);
    assertThat(slow.name()).isEqualTo("006-control-init-gamma-0.4-learning-rate-0.01-seed-1");
    assertThat(slow.config().optimizer().learningRate()).isEqualTo(.01);
    assertThat(slow.config().optimizer().overrides())
        .extracting(
            o -> o.kind().orElseThrow(), o -> o.learningRateFactor(), o -> o.weightDecayFactor())
        .containsExactly(
            tuple(Kind.CLASSIFIER, Optional.of(20.), Optional.empty()),
            tuple(Kind.BATCH_NORMALIZATION, Optional.of(20.), Optional.empty()),
            tuple(Kind.BIASES, Optional.of(20.), Optional.empty()),
            tuple(Kind.SCALARS, Optional.of(20.), Optional.empty()),
            tuple(Kind.BIASES, Optional.of(2.), Optional.empty()),
            tuple(Kind.CONVOLUTIONS, Optional.empty(), Optional.of(20.)));
    assertThat(fast.config().optimizer().overrides().get(0).learningRateFactor()).contains(2.);
  }

  @Test
  void theConfigurationOfAControlTrialSurvivesBeingWritten() {
    IsonormConfig trial =
        SearchSpace.trials(Grids.config("grid.protocols=[control]")).get(1).config();

    assertThat(IsonormConfig.parse(trial.render())).isEqualTo(trial);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grid.axes.optimizer.momentum=[0.9, 1] | Invalid optimizer.momentum: 1 (must be in [0, 1)) in grid.axes",
        "grid.axes.initialization.rule=[5/m, xaver] | Invalid initialization.rule: xaver (did you mean xavier?",
        "grid.axes.training.global-batch-size=[0] | Invalid training.global-batch-size: 0 (must be >= 1) in grid.axes",
        "grid.axes.averaging.workers=[1, 2] | Invalid grid.axes: averaging.workers (a trial in one task has one worker; set grid.mode = data-parallel)",
        "grid.axes.data.validation-examples=[1, 2] | Invalid grid.axes: data.validation-examples (trials are compared on the same validation examples)",
        "data.validation-examples=0 | Invalid data.validation-examples: 0 (must be > 0, since trials are compared on them)"
      })
  void refusesWhatCannotWorkBeforeAnyTrial(String setting, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SearchSpace.trials(Grids.config(setting)))
        .withMessageStartingWith(message);
  }

  @Test
  void refusesTheControlProtocolWithoutItsAxis() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                SearchSpace.trials(
                    IsonormConfig.load(
                        Optional.empty(),
                        List.of("grid.protocols=[control]", "grid.axes.run.seed=[1, 2]"))))
        .withMessage(
            "Invalid grid.protocols: control (it says what the axis optimizer.learning-rate acts on, and grid.axes has no such axis; use [paper])");
  }

  @Test
  void refusesAGridWithoutAxes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SearchSpace.trials(IsonormConfig.load(Optional.empty(), List.of())))
        .withMessage(
            "Invalid grid.axes: {} (must have at least one axis, as in optimizer.learning-rate = [0.1, 0.01])");
  }

  @Test
  void differencesAreThoseThatMakeOtherTrials() {
    IsonormConfig before = Grids.config();

    assertThat(
            SearchSpace.differences(
                before,
                Grids.config(
                    "run.output=elsewhere",
                    "grid.parallel-trials=2",
                    "grid.budget-minutes=3",
                    "spark.properties.spark.executor.memory=4g")))
        .isEmpty();
    assertThat(
            SearchSpace.differences(
                before,
                Grids.config("training.epochs=3", "grid.axes.initialization.init-gamma=[0.4]")))
        .containsExactly(
            "training.epochs was 2 and is 3",
            "grid.axes was { \"initialization.init-gamma\" = [\"0.4\", \"4\"] \"optimizer.learning-rate\" = [\"0.1\", \"0.01\"] } and is { \"initialization.init-gamma\" = [\"0.4\"] \"optimizer.learning-rate\" = [\"0.1\", \"0.01\"] }");
  }

  @Test
  void aPointHasWordsWhereSeedsAloneDiffer() {
    assertThat(Trial.describe("paper", Map.of())).isEqualTo("the one point");
    assertThat(Trial.describe("control", Map.of("initialization.init-gamma", "0.4")))
        .isEqualTo("init-gamma 0.4, protocol control");
  }
}
