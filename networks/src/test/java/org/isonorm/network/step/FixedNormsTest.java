package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.junit.jupiter.api.Test;

class FixedNormsTest {
  /** A float32 is scaled by a float32. */
  private static final double ROUNDING = 1e-6;

  /** The step that does not keep them, scaled filter by filter; all else is as it was there. */
  @Test
  void filtersBehindNormalizationKeepTheirNormAndNothingElseChanges() {
    NetworkDefinition network = SmallNetworks.wideResNet();
    OptimizerSettings free = new OptimizerSettings(.5, .9, .1, true);
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    float[] before = graph.params().dup().data().asFloat();
    float[] moved = afterAStep(network, free);
    float[] kept = afterAStep(network, free.withFixedNorm(true));

    int changed = 0;
    for (Parameter each : ParameterLayout.of(graph).parameters()) {
      // The second convolutions of blocks are added to others' outputs, and shortcuts are as well.
      boolean fixed =
          each.kind() == ParameterKind.CONVOLUTION
              && (each.layer().equals("stem") || each.layer().endsWith(".conv1"));
      int length = (int) (each.to() - each.from()) / each.units();
      for (int unit = 0; unit < each.units(); unit++) {
        int from = (int) each.from() + unit * length;
        double factor = norm(before, from, length) / norm(moved, from, length);
        if (fixed) {
          assertThat(Math.abs(factor - 1)).as(each.toString()).isGreaterThan(100 * ROUNDING);
          changed++;
        }
        for (int i = from; i < from + length; i++) {
          if (fixed) {
            assertThat((double) kept[i])
                .isCloseTo(factor * moved[i], within(ROUNDING * Math.abs(moved[i])));
          } else {
            assertThat(kept[i]).as(each.toString()).isEqualTo(moved[i]);
          }
        }
      }
    }
    assertThat(changed).isPositive();
  }

  @Test
  void frozenFiltersAreLeftAlone() {
    ComputationGraph graph = SmallNetworks.initialized(SmallNetworks.resNet(), 1);

    assertThat(FixedNorms.filters(graph, new FrozenLayers(List.of("stem"))))
        .extracting(Parameter::layer)
        .hasSize(6)
        .doesNotContain("stem");
    assertThat(FixedNorms.filters(graph, FrozenLayers.NONE)).hasSize(7);
  }

  private static float[] afterAStep(NetworkDefinition network, OptimizerSettings settings) {
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    RandomBatch batch = RandomBatch.of(network, 8, 1);
    try (TrainingStep step = TrainingStep.of(graph, Precision.FLOAT32)) {
      step.compute(batch.features(), batch.labels());
      step.update(settings);
    }
    return graph.params().dup().data().asFloat();
  }

  private static double norm(float[] values, int from, int length) {
    double squares = 0;
    for (int i = from; i < from + length; i++) {
      squares += (double) values[i] * values[i];
    }
    return Math.sqrt(squares);
  }
}
