package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.network.graph.RandomBatch;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class WeightMotionsTest {
  /** Sums of float32 in another order. */
  private static final double ROUNDING = 1e-4;

  private static final int BATCH = 8;

  /** What the probe leaves, the graph's own layers computed; the step is that of the plan. */
  @Test
  void theMotionIsThatOfTheStepThatFollows() {
    NetworkDefinition network = SmallNetworks.resNet();
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    RandomBatch batch = RandomBatch.of(network, BATCH, 1);
    OptimizerSettings optimizer = new OptimizerSettings(.1, .9, .01, true);
    try (TrainingStep step = TrainingStep.of(graph)) {
      step.compute(batch.features(), batch.labels());
      step.update(optimizer);
      NormProbe.measure(graph, batch.features(), batch.labels());
      INDArray start = graph.params().dup();
      WeightMotion probed =
          WeightMotions.of(graph, step.velocity(), optimizer, BATCH).get("stage2.block1.conv1");
      INDArray before = graph.getParam("stage2.block1.conv1_W").dup();
      step.compute(batch.features(), batch.labels());
      step.update(optimizer);
      INDArray after = graph.getParam("stage2.block1.conv1_W");

      double cosine =
          Nd4j.getBlasWrapper()
                  .dot(before.reshape(before.length()), after.dup().reshape(after.length()))
              / (before.norm2Number().doubleValue() * after.norm2Number().doubleValue());
      assertThat(
              WeightMotions.rotations(graph, start).get("stage2.block1.conv1") / probed.rotation())
          .isCloseTo(1, within(ROUNDING));
      WeightMotion decayed =
          WeightMotions.of(
                  graph,
                  step.velocity(),
                  optimizer
                      .withDecaySchedule(new DecaySchedule.WithRate(.1))
                      .withLearningRate(.025),
                  BATCH)
              .get("stage2.block1.conv1");
      // Rate and decay are a quarter each.
      assertThat(decayed.equilibriumSteps()).isCloseTo(25 * 16, within(ROUNDING));
      assertThat(Math.cos(probed.rotation())).isCloseTo(cosine, within(ROUNDING * ROUNDING * 100));
      assertThat(probed.gradientRadialShare()).isCloseTo(0, within(ROUNDING));
    }
  }
}
