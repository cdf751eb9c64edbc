package org.isonorm.spark.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.spark.bench.AccuracyRun.Validation;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchRecipeTest {
  private static IsonormConfig recipe(String network, String... settings) throws IOException {
    return FastRecipes.load(
        network, file -> IsonormConfig.load(Optional.of(file), List.of(settings)));
  }

  @Test
  void readsEpochsAndTheLastLine() {
    AccuracyRun run =
        TorchRecipe.parse(
            "PyTorch 2.15.0",
            3,
            List.of(
                "epoch 1 loss 2.25 seconds 10.5 validation 0.5",
                "some library's remark",
                "epoch 2 loss 1.25 seconds 21.5 validation 0.75",
                "seed 3 accuracy 0.7 augmented 0.72 seconds 21.5"),
            30);

    assertThat(run)
        .isEqualTo(
            new AccuracyRun(
                "PyTorch 2.15.0",
                3,
                .7,
                .72,
                List.of(new Validation(1, .5, 10.5), new Validation(2, .75, 21.5)),
                21.5,
                30));
    assertThat(run.secondsTo(.5)).hasValue(10.5);
    assertThat(run.secondsTo(.51)).hasValue(21.5);
    assertThat(run.secondsTo(.76)).isEmpty();
  }

  @Test
  void withoutImagesHeldOutTheEndCountsWithItsAugmentation() {
    AccuracyRun run =
        TorchRecipe.parse(
            "PyTorch",
            1,
            List.of(
                "epoch 1 loss 2.25 seconds 10.5",
                "seed 1 accuracy 0.93 augmented 0.94 seconds 10.5"),
            30);

    assertThat(run.validations()).isEmpty();
    assertThat(run.secondsTo(.94)).hasValue(10.5);
    assertThat(run.secondsTo(.95)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"epoch 1 loss 2.25 seconds 10.5", "seed 1 accuracy 0.9 seconds 3", "Killed"})
  void refusesWhatSaysNoAccuracy(String line) {
    assertThatIllegalStateException()
        .isThrownBy(() -> TorchRecipe.parse("PyTorch", 1, List.of(line), 1))
        .withMessage(
            "Cannot read what torch_fast.py printed: '%s' says no accuracy".formatted(line));
  }

  @Test
  void enginesAreMeansOverTheirRuns() {
    AccuracyRun first = new AccuracyRun("a", 1, .9, .92, List.of(), 10, 20);
    AccuracyRun other = new AccuracyRun("b", 1, .8, null, List.of(), 7, 8);
    AccuracyRun second = new AccuracyRun("a", 2, .92, .94, List.of(), 12, 30);

    assertThat(TimeToAccuracyResult.engines(List.of(first, other, second), .93))
        .usingRecursiveComparison()
        .withComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1, Double.class)
        .isEqualTo(
            List.of(
                new TimeToAccuracyResult.Engine(
                    "a", 2, .91, Math.sqrt(2e-4), .93, Math.sqrt(2e-4), 1, 12., 11, 25),
                new TimeToAccuracyResult.Engine("b", 1, .8, null, null, null, 0, null, 7, 8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast-94", "fast-95", "fast-96"})
  void theScriptTrainsTheRecipesInAnyNumberOfEpochsAndWidth(String network) throws IOException {
    IsonormConfig whole = recipe(network, "training.global-batch-size=500", "network.width=16");
    IsonormConfig shorter = whole.with(Scale.inEpochs(whole, 4, "test"));

    assertThat(shorter.optimizer().schedulePoints().get(2).epoch()).isEqualTo(4);
    assertThatCode(() -> TorchRecipe.check(whole, ImageShape.CIFAR, 10)).doesNotThrowAnyException();
    assertThatCode(() -> TorchRecipe.check(shorter, ImageShape.CIFAR, 10))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "optimizer.momentum=0.9 ~ 10 ~ has optimizer.momentum = 0.85, the recipe here 0.9",
        "network.activation=relu ~ 10 ~ has network.activation = default, the recipe here relu",
        "network.name=resnet-20 ~ 10 ~ has the recipes of fast-94, fast-95, fast-96 alone",
        "run.seed=2 ~ 100 ~ takes 32 x 32 images of three channels and ten classes",
      })
  void anotherRecipeIsNotSaidToBeTheSame(String setting, int classes, String reason)
      throws IOException {
    IsonormConfig config = recipe("fast-94", setting);
    assertThatThrownBy(() -> TorchRecipe.check(config, ImageShape.CIFAR, classes))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("Cannot train the same in PyTorch: torch_fast.py " + reason);
  }
}
