package org.isonorm.network.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.RealizedStatistics;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.parameters.FlatParameters;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class GraphInitializerTest {
  /** A quotient of small numbers in double precision. */
  private static final double ROUNDING = 1e-12;

  /** ND4J sums squares in float32; norms are of 1 to 30. */
  private static final double NORM_OF_FLOATS = 1e-4;

  private static final NetworkDefinition DEFINITION =
      NetworkDefinition.of("resnet-20").withShortcut(Shortcut.B);

  private final ComputationGraph graph = Networks.build(DEFINITION);
  private final InitializationPlan plan =
      InitializationPlan.of(Networks.topology(DEFINITION), Initialization.bnGamma(.4));

  @Test
  void weightsInTheGraphHaveThePlansVariance() {
    GraphInitializer.initialize(graph, plan, 1);

    for (LayerInitialization layer : plan.layers()) {
      INDArray weights = graph.getParam(layer.layer().name() + "_W");
      // Five standard errors of a Gaussian's sample variance, √(2/n).
      double tolerance = 5 * Math.sqrt(2.0 / weights.length());
      assertThat(RealizedStatistics.of(weights.dup('c').data().asFloat()).variance())
          .isCloseTo(layer.variance(), within(tolerance * layer.variance()));
    }
    assertThat(plan.layers().get(0).variance()).isCloseTo(5.0 / (16 * 9), within(ROUNDING));
  }

  @Test
  void weightsLieInThePlansLayout() {
    GraphInitializer.initialize(graph, plan, 1);

    LayerInitialization convolution = plan.layers().get(1);
    float[] drawn = convolution.sample(1);
    INDArray kernel = graph.getParam(convolution.layer().name() + "_W");
    assertThat(kernel.getFloat(3, 5, 2, 1)).isEqualTo(drawn[((3 * 16 + 5) * 3 + 2) * 3 + 1]);

    LayerInitialization classifier = plan.layers().get(plan.layers().size() - 1);
    drawn = classifier.sample(1);
    INDArray dense = graph.getParam("classifier_W");
    assertThat(dense.shape()).containsExactly(64, 10);
    assertThat(dense.getFloat(7, 4)).isEqualTo(drawn[4 * 64 + 7]);
  }

  @Test
  void allElseStartsNeutral() {
    graph.params().assign(7);

    GraphInitializer.initialize(graph, plan, 1);

    assertThat(graph.getParam("classifier_b").toFloatVector()).containsOnly(0);
    assertThat(graph.getParam("stem.bn_gamma").toFloatVector()).containsOnly(1);
    assertThat(graph.getParam("stem.bn_beta").toFloatVector()).containsOnly(0);
    assertThat(graph.getParam("stem.bn_mean").toFloatVector()).containsOnly(0);
    assertThat(graph.getParam("stem.bn_var").toFloatVector()).containsOnly(1);
  }

  @Test
  void residualBranchesStartAtZeroWhereThePlanSaysSo() {
    InitializationPlan zero =
        InitializationPlan.of(
            Networks.topology(DEFINITION), Initialization.bnGamma(.4).withZeroResidualScales(true));

    GraphInitializer.initialize(graph, zero, 1);

    assertThat(zero.zeroScales()).hasSize(9);
    assertThat(graph.getParam("stage2.block1.conv2.bn_gamma").toFloatVector()).containsOnly(0);
    assertThat(graph.getParam("stage2.block1.conv1.bn_gamma").toFloatVector()).containsOnly(1);
    assertThat(graph.getParam("stage2.block1.shortcut.bn_gamma").toFloatVector()).containsOnly(1);

    GraphInitializer.initialize(graph, plan, 1);
    assertThat(graph.getParam("stage2.block1.conv2.bn_gamma").toFloatVector()).containsOnly(1);
  }

  @Test
  void biasesAreThePlans() {
    InitializationPlan table =
        InitializationPlan.of(
            Networks.topology(DEFINITION),
            new Initialization("kaiming-table-1", 1, "normal", "kaiming-table-1"));

    GraphInitializer.initialize(graph, table, 1);

    LayerInitialization classifier = table.layers().get(table.layers().size() - 1);
    assertThat(graph.getParam("classifier_b").toFloatVector())
        .containsExactly(classifier.sampleBias(1))
        .doesNotContain(0);
  }

  @Test
  void reportsWhatTheGraphHolds() {
    List<RealizedLayer> realized = GraphInitializer.initialize(graph, plan, 1);

    assertThat(realized).extracting(RealizedLayer::initialization).isEqualTo(plan.layers());
    assertThat(realized)
        .allSatisfy(
            layer -> {
              String name = layer.initialization().layer().name();
              INDArray weights = graph.getParam(name + "_W");
              assertThat(layer.statistics().count()).isEqualTo(weights.length());
              assertThat(layer.statistics().norm())
                  .isCloseTo(weights.norm2Number().doubleValue(), within(NORM_OF_FLOATS));
            });
  }

  @Test
  void sameSeedSameWeightsAndAnotherSeedOthers() {
    GraphInitializer.initialize(graph, plan, 1);
    byte[] first = FlatParameters.toBytes(graph.params());
    GraphInitializer.initialize(graph, plan, 2);
    byte[] second = FlatParameters.toBytes(graph.params());
    GraphInitializer.initialize(graph, plan, 1);

    assertThat(FlatParameters.toBytes(graph.params())).isEqualTo(first).isNotEqualTo(second);
  }

  @Test
  void refusesAnotherNetworksPlan() {
    InitializationPlan other =
        InitializationPlan.of(
            Networks.topology(DEFINITION.withClasses(100)), Initialization.bnGamma(.4));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> GraphInitializer.initialize(graph, other, 1))
        .withMessageStartingWith("Invalid plan: made for resnet-20, whose layers are not those");
  }
}
