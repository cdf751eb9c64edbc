package org.isonorm.network.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.isonorm.init.Activation;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.step.OptimizerSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.Sgd;

class StepBenchmarkTest {

  private static final OptimizerSettings OPTIMIZER = OptimizerSettings.nesterov(.1, .9, 1e-3);

  @Test
  void ofAnEvenNumberOfRoundsTheMedianIsTheMeanOfTheMiddleTwo() {
    List<StepTimes> rounds =
        Stream.of(5., 1., 2., 4.)
            .map(seconds -> StepTimes.of(seconds, Map.of(StepPart.POOLING_FORWARD, seconds / 2)))
            .toList();

    StepTimes median = StepTimes.median(rounds);

    assertThat(median.seconds()).isEqualTo(3);
    assertThat(median.parts())
        .containsEntry(StepPart.POOLING_FORWARD, 1.5)
        .containsEntry(StepPart.EVERYTHING_ELSE, 1.5);
    assertThat(StepTimes.median(rounds.subList(0, 3)).seconds()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void partsOfAStepAreMeasuredApart(String kernel) {
    StepTimes times =
        StepBenchmark.of(
                SmallNetworks.resNet(),
                4,
                OPTIMIZER,
                KernelProvider.kernels(kernel),
                Precision.FLOAT32,
                1)
            .run(2);

    assertThat(times.parts().keySet()).containsExactly(StepPart.values());
    Set<StepPart> expected =
        EnumSet.of(
            StepPart.CONVOLUTION_FORWARD,
            StepPart.BATCH_NORMALIZATION_FORWARD,
            StepPart.BATCH_NORMALIZATION_BACKWARD,
            StepPart.ADD_RELU_FORWARD,
            StepPart.ADD_RELU_BACKWARD,
            StepPart.POOLING_FORWARD,
            StepPart.POOLING_BACKWARD,
            StepPart.ADDITION, // of the gradients that a shortcut and its branch give
            StepPart.SHORTCUT,
            StepPart.LOSS_HEAD,
            StepPart.RUNNING_STATISTICS,
            StepPart.OPTIMIZER,
            StepPart.EVERYTHING_ELSE);
    expected.addAll(
        kernel.equals("onednn")
            ? Set.of(StepPart.CONVOLUTION_DATA_GRADIENT, StepPart.CONVOLUTION_WEIGHTS_GRADIENT)
            : Set.of(StepPart.CONVOLUTION_GRADIENTS));
    times
        .parts()
        .forEach(
            (part, seconds) -> {
              if (expected.contains(part)) {
                assertThat(seconds).as(part.name()).isPositive();
              } else {
                assertThat(seconds).as(part.name()).isZero();
              }
            });
  }

  @Test
  void everythingElseIsTheRestAndNoPrimitive() {
    StepTimes times =
        StepTimes.of(
            2,
            Map.of(
                StepPart.CONVOLUTION_FORWARD, .5,
                StepPart.ADDITION, .25,
                StepPart.LOSS_HEAD, .125,
                StepPart.OPTIMIZER, .0625));

    assertThat(times.parts()).containsEntry(StepPart.EVERYTHING_ELSE, 1.0625);
    assertThat(times.primitives()).isEqualTo(.75);
  }

  @Test
  void aVggIsTimedToo() {
    NetworkDefinition vgg = NetworkDefinition.of("vgg-11").withWidth(4);

    StepTimes times =
        StepBenchmark.of(vgg, 2, OPTIMIZER, KernelProvider.kernels("onednn"), Precision.FLOAT32, 1)
            .run(1);

    assertThat(times.parts().get(StepPart.LOSS_HEAD)).isPositive();
    assertThat(times.parts().get(StepPart.ADD_RELU_FORWARD)).isZero();
  }

  @Test
  void replicasSideBySideCountWaitingAsEverythingElse() {
    StepTimes fast = StepTimes.of(1, Map.of(StepPart.CONVOLUTION_FORWARD, .5));
    StepTimes slow = StepTimes.of(2, Map.of(StepPart.CONVOLUTION_FORWARD, 1.5));

    StepTimes both = StepTimes.sideBySide(2, List.of(fast, slow));

    assertThat(both.seconds()).isEqualTo(2);
    assertThat(both.primitives()).isEqualTo(1);
    assertThat(both.parts()).containsEntry(StepPart.EVERYTHING_ELSE, 1.);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet-8",
        "vgg-11",
        "resnet-34",
        "resnet-18-imagenet",
        "densenet-10",
        "wrn-10-2",
        "plain-3"
      })
  void stockNetworksAreTheSameButForProjections(String name) {
    NetworkDefinition definition = NetworkDefinition.of(name).withWidth(4);
    NetworkDefinition projected =
        definition.shortcut() == Shortcut.NONE ? definition : definition.withShortcut(Shortcut.B);

    assertThat(
            Networks.topology(name, Networks.stock(definition, new Sgd(0), 0)).trainedParameters())
        .isEqualTo(Networks.topology(projected).trainedParameters());
    assertThatNoException()
        .isThrownBy(() -> StockStepBenchmark.of(definition, 2, OPTIMIZER, 1).run(1));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void stockNetworksHaveTheFunctionsThatDl4jHas(String function) {
    NetworkDefinition definition = SmallNetworks.plain(3).withActivation(function);

    if (function.equals("hard-swish")) {
      assertThatThrownBy(() -> StockStepBenchmark.of(definition, 2, OPTIMIZER, 1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage(
              "Unsupported activation of DL4J's own layers: hard-swish (time it without peers)");
    } else {
      assertThatNoException()
          .isThrownBy(() -> StockStepBenchmark.of(definition, 2, OPTIMIZER, 1).run(1));
    }
  }

  static List<String> functions() {
    return Activation.all().stream().map(Activation::name).toList();
  }
}
