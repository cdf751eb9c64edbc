package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitializationPlanTest {
  private static final LayerTopology STEM =
      new LayerTopology(
          "conv1", LayerKind.CONVOLUTION, WeightShape.convolution(64, 3, 3, 3), false, true);
  private static final LayerTopology SECOND =
      new LayerTopology(
          "conv2", LayerKind.CONVOLUTION, WeightShape.convolution(64, 64, 3, 3), false, true);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("classifier", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), true, false);

  @Test
  void gammaOfTwoFifthsGivesFiveOverFanOut() {
    InitializationPlan plan = plan(Initialization.bnGamma(.4), STEM, SECOND, CLASSIFIER);

    assertThat(plan.layers())
        .extracting(LayerInitialization::variance)
        .containsExactly(5. / 576, 5. / 576, 1. / 64);
    assertThat(plan.layers())
        .extracting(LayerInitialization::rule)
        .containsExactly("bn-gamma", "bn-gamma", "1/n");
    assertThat(plan.layers())
        .extracting(LayerInitialization::fan)
        .containsExactly(new Fan(27, 576), new Fan(576, 576), new Fan(64, 10));
    assertThat(plan.layers())
        .extracting(LayerInitialization::layer)
        .containsExactly(STEM, SECOND, CLASSIFIER);
  }

  @Test
  void forwardHalvesTheFirstLayersVariance() {
    InitializationPlan plan =
        plan(new Initialization("forward", 1, "normal", "forward"), STEM, SECOND, CLASSIFIER);

    assertThat(plan.layers())
        .extracting(LayerInitialization::variance)
        .containsExactly(1. / 27, 2. / 576, 1. / 64);
  }

  @Test
  void samplesDoNotDependOnTheOrderOfLayers() {
    List<LayerTopology> layers = List.of(STEM, SECOND, CLASSIFIER);
    List<LayerTopology> reversed = new ArrayList<>(layers);
    Collections.reverse(reversed);
    InitializationPlan forwards = plan(layers);
    InitializationPlan backwards = plan(reversed);

    for (int i = 0; i < 3; i++) {
      assertThat(forwards.layers().get(i).sample(1))
          .isEqualTo(backwards.layers().get(2 - i).sample(1));
    }
  }

  @Test
  void samplesDoNotDependOnTheOtherLayers() {
    assertThat(plan(List.of(SECOND)).layers().get(0).sample(1))
        .isEqualTo(plan(List.of(STEM, SECOND, CLASSIFIER)).layers().get(1).sample(1));
  }

  private static InitializationPlan plan(List<LayerTopology> layers) {
    return plan(Initialization.bnGamma(.4), layers.toArray(LayerTopology[]::new));
  }

  private static InitializationPlan plan(Initialization initialization, LayerTopology... layers) {
    long weights = List.of(layers).stream().mapToLong(layer -> layer.shape().size()).sum();
    return InitializationPlan.of(
        new NetworkTopology("tiny", List.of(layers), weights), initialization);
  }
}
