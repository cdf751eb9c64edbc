package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class InitializationPlanTest {
  private static final LayerTopology STEM =
      new LayerTopology(
          "conv1", LayerKind.CONVOLUTION, WeightShape.convolution(64, 3, 3, 3), false, true);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("classifier", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), true, false);
  private static final NetworkTopology NETWORK =
      new NetworkTopology("tiny", List.of(STEM, CLASSIFIER), 1728 + 128 + 640 + 10);

  @Test
  void gammaOfTwoFifthsGivesFiveOverFanOut() {
    InitializationPlan plan = InitializationPlan.of(NETWORK, Initialization.bnGamma(.4));

    assertThat(plan.layers().get(0).variance()).isEqualTo(5. / 576);
    assertThat(plan.layers().get(1).variance()).isEqualTo(1. / 64);
  }
}
