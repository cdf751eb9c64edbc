package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Equilibrium;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.tuning.EquilibriumGammas;
import org.isonorm.network.tuning.TuningBatches;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link Equilibrium} foretells what training does to the weights of a network, where its two
 * assumptions hold. The gradients of successive steps are independent: the labels are random, every
 * step has images of its own, and the classifier is small and stays as it is, as batch
 * normalization does, so that the network's guesses stay near those of chance, and no step changes
 * what the next one's gradient is like. And norms are slow against momentum, τ ≫ 1/(1 − α), as in
 * any training of some length (1,250 steps against 10 at η = .1, λ = 2e-4, α = .9): here 50 steps
 * against 2. At α = .9 and that τ a burst of gradients arrives ten steps late.
 */
class NetworkEquilibriumTest {
  /** The bound on norms and rotations after 6 τ. */
  private static final double IN_EQUILIBRIUM = .05;

  /** The bound on norms on the way. */
  private static final double ON_THE_WAY = .1;

  private static final int BATCH = 8;

  /** What the start's norms are of those in equilibrium. */
  private static final double LONGER = 1.5;

  /** Steps behind 6 τ whose means are compared. */
  private static final int MEASURED = 200;

  @Tag("long")
  @ParameterizedTest(name = "nesterov: {0}")
  @ValueSource(booleans = {false, true})
  void theNormsComeToTheirEquilibriumAsForetold(boolean nesterov) {
    Equilibrium equilibrium = new Equilibrium(.5, .005, .5, nesterov);
    int way = (int) Math.round(6 * equilibrium.steps());
    Course course = new Course(equilibrium);

    Map<String, List<Look>> looks = course.run(way + MEASURED);

    assertThat(looks.keySet()).hasSize(7).contains("stem", "stage3.block1.conv2");
    looks.forEach(
        (layer, all) -> {
          // ‖w‖⁴ goes to the ω⁴ of the moment at the rate 1/τ, however ω⁴ changes.
          double forgotten = Math.exp(-1 / equilibrium.steps());
          double foretold = Math.pow(all.get(0).norm(), 4);
          double norms = 0;
          double foretoldNorms = 0;
          double rotations = 0;
          double foretoldRotations = 0;
          for (int i = 1; i < all.size(); i++) {
            Look look = all.get(i);
            foretold = forgotten * foretold + (1 - forgotten) * all.get(i - 1).equilibrium();
            double norm = Math.pow(foretold, .25);
            assertThat(look.norm() / norm)
                .as("norm of %s after %d steps", layer, i)
                .isCloseTo(1, within(ON_THE_WAY));
            if (i >= way) {
              norms += look.norm();
              foretoldNorms += norm;
              rotations += Math.pow(look.rotation(), 2);
              // A gradient of that length turns weights of that length.
              foretoldRotations +=
                  Math.pow(equilibrium.rotation(), 2)
                      * look.equilibrium()
                      / Math.pow(look.norm(), 4);
            }
          }
          assertThat(all.get(0).norm() / Math.pow(all.get(0).equilibrium(), .25))
              .as("start of %s", layer)
              .isGreaterThan(1.1);
          assertThat(norms / foretoldNorms)
              .as("norm of %s", layer)
              .isCloseTo(1, within(IN_EQUILIBRIUM));
          assertThat(Math.sqrt(rotations / foretoldRotations))
              .as("rotation of %s", layer)
              .isCloseTo(1, within(IN_EQUILIBRIUM));
        });
  }

  /**
   * What a step shows of a layer.
   *
   * @param equilibrium ω⁴ by its gradient
   */
  private record Look(double norm, double equilibrium, double rotation) {}

  /** Steps of training, and what they show of the layers before batch normalization. */
  private static final class Course {
    private final NetworkDefinition network = SmallNetworks.resNet();
    private final ComputationGraph graph = Networks.build(network);
    private final OptimizerSettings optimizer;

    Course(Equilibrium equilibrium) {
      optimizer =
          new OptimizerSettings(
                  equilibrium.learningRate(),
                  equilibrium.momentum(),
                  equilibrium.weightDecay(),
                  equilibrium.nesterov())
              .withRules(
                  List.of(
                      ParameterRule.learningRate(
                          0,
                          ParameterKind.CLASSIFIER,
                          ParameterKind.BIAS,
                          ParameterKind.SCALE,
                          ParameterKind.SHIFT)));
      NetworkTopology topology = Networks.topology(network);
      Initialization start = new Initialization("bn-gamma", 1, "normal", "normal-.01");
      Map<String, Double> gammas =
          EquilibriumGammas.measure(
              network,
              InitializationPlan.of(topology, start),
              1,
              optimizer,
              TuningBatches.gaussian(network, BATCH, 2),
              16);
      gammas.replaceAll((layer, gamma) -> gamma / (LONGER * LONGER));
      GraphInitializer.initialize(
          graph, InitializationPlan.of(topology, start.withInitGammas(1, gammas)), 1);
    }

    /** What every step shows, by layer. */
    Map<String, List<Look>> run(int steps) {
      Map<String, List<Look>> looks = new LinkedHashMap<>();
      try (TrainingStep step = TrainingStep.of(graph)) {
        for (int t = 0; t < steps; t++) {
          RandomBatch batch = RandomBatch.of(network, BATCH, t);
          step.compute(batch.features(), batch.labels());
          look(step, looks);
          step.update(optimizer);
          batch.features().close();
          batch.labels().close();
        }
      }
      return looks;
    }

    private void look(TrainingStep step, Map<String, List<Look>> looks) {
      for (Map.Entry<String, WeightMotion> each :
          WeightMotions.of(graph, step.velocity(), optimizer, BATCH).entrySet()) {
        WeightMotion motion = each.getValue();
        looks
            .computeIfAbsent(each.getKey(), layer -> new ArrayList<>())
            .add(
                new Look(
                    graph.getParam(each.getKey() + "_W").norm2Number().doubleValue(),
                    Math.pow(motion.equilibriumNorm(), 4),
                    motion.rotation()));
      }
    }
  }
}
