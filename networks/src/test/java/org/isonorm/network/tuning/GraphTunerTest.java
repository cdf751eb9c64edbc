package org.isonorm.network.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.TuningMethod;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.GraphTensors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class GraphTunerTest {
  /** Parameters are float32. */
  private static final double ROUNDING = 1e-5;

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void multipliesTheTensorsOfTheGraphByWhatItReports(TuningMethod method) {
    NetworkDefinition definition = SmallNetworks.wideResNet();
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    INDArray before = graph.params().dup();
    GraphTuner.Settings settings = new GraphTuner.Settings(method, 2, .01, 8);
    TunedNetwork tuned =
        GraphTuner.tune(
            graph,
            settings,
            TuningBatches.gaussian(definition, settings.examplesPerBatch(), 1),
            TuningProgress.none());

    assertThat(tuned.tensors()).anySatisfy(tensor -> assertThat(tensor.scale()).isNotEqualTo(1));
    for (TunedNetwork.Tensor tensor : tuned.tensors()) {
      GraphTensors.Placed placed =
          GraphTensors.of(graph).all().stream()
              .filter(each -> each.tensor().name().equals(tensor.name()))
              .findFirst()
              .orElseThrow();
      for (long i = placed.from(); i < placed.from() + placed.tensor().size(); i++) {
        double expected = before.getDouble(i) * tensor.scale();
        assertThat(graph.params().getDouble(i))
            .isCloseTo(expected, within(ROUNDING * Math.abs(expected)));
      }
      assertThat(tensor.finalNorm())
          .isCloseTo(tensor.scale() * tensor.startNorm(), within(ROUNDING));
    }
    assertThat(tuned.sentence()).startsWith(method.label() + ": ").contains(" tensors scaled by ");
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void theSameBatchesGiveTheSameScales(TuningMethod method) {
    NetworkDefinition definition = SmallNetworks.resNet();
    GraphTuner.Settings settings = new GraphTuner.Settings(method, 2, .01, 8);
    TunedNetwork[] runs = new TunedNetwork[2];
    for (int run = 0; run < 2; run++) {
      runs[run] =
          GraphTuner.tune(
              SmallNetworks.initialized(definition, 1),
              settings,
              TuningBatches.gaussian(definition, settings.examplesPerBatch(), 1),
              TuningProgress.none());
    }

    assertThat(runs[1]).isEqualTo(runs[0]);
  }

  @Test
  void rejectsSettingsThatCannotWork() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphTuner.Settings(TuningMethod.GRADINIT, 0, .1, 8))
        .withMessage("Invalid iterations: 0 (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphTuner.Settings(TuningMethod.GRADINIT, 1, .1, 7))
        .withMessage(
            "Invalid batch-size: 7 (must be >= 2 and even: gradinit changes half of a batch)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GraphTuner.Settings(TuningMethod.LSUV, 1, 0, 1))
        .withMessage("Invalid batch-size: 1 (must be >= 2)");
  }
}
