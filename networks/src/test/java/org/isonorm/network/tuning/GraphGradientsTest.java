package org.isonorm.network.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.GradInit;
import org.isonorm.init.LossGradient;
import org.isonorm.init.MetaInit;
import org.isonorm.init.ParameterTensor;
import org.isonorm.init.ParameterTensor.Kind;
import org.isonorm.init.TunedScales;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.OwnNetworks;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.graph.GraphTensors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GraphGradientsTest {
  /** A mean of a few logarithms, of logits in float32. */
  private static final double LOSS_IN_SINGLE = 1e-5;

  /** Central differences of gradients in float64. */
  private static final double DIFFERENCE_OF_GRADIENTS = 1e-5;

  private static final int BATCH = 8;

  /** Sums of float32 in another order, behind divisions by small standard deviations. */
  private static final double SINGLE = 1e-3;

  /** Central differences of the loss over 1e-8 in float64; ReLU seldom has a kink on the way. */
  private static final double DIFFERENCE = 1e-5;

  /** ε of batch normalization, 1e-5, is not scaled with the weights. */
  private static final double EPSILON_OF_NORMALIZATION = 1e-3;

  /** All networks but Fixup's, whose start is its own, and one of somebody else's. */
  static Stream<NetworkDefinition> tunable() {
    return Stream.concat(
        SmallNetworks.ofEveryFamily()
            .filter(definition -> definition.normalization() != Normalization.FIXUP),
        Stream.of(
            NetworkDefinition.drawn("lenet", OwnNetworks.lenet(10, 13, 5)).withImage(10, 13, 2)));
  }

  private static GraphGradients oracle(NetworkDefinition definition, ComputationGraph graph) {
    return GraphGradients.of(graph, TuningBatches.gaussian(definition, BATCH, 3));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("tunable")
  void bothPrecisionsGiveTheGradientOfTheSameNetwork(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    try (GraphGradients oracle = oracle(definition, graph)) {
      LossGradient once = oracle.evaluateOnce(at, 0, 1);
      LossGradient exact = oracle.evaluate(at, 0, 1);

      assertThat(once.loss()).isCloseTo(exact.loss(), within(LOSS_IN_SINGLE * exact.loss()));
      assertThat(distance(once.gradient(), exact.gradient()))
          .isLessThan(SINGLE * norm(exact.gradient()));
    }
  }

  @ParameterizedTest
  @MethodSource("tunable")
  void theGradientIsTheSlopeOfTheLoss(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    SplittableRandom random = new SplittableRandom(7);
    try (GraphGradients oracle = oracle(definition, graph)) {
      double[][] gradient = oracle.evaluate(at, 0).gradient();
      double[][] direction = new double[at.length][];
      double slope = 0;
      for (int i = 0; i < at.length; i++) {
        direction[i] = new double[at[i].length];
        for (int j = 0; j < at[i].length; j++) {
          direction[i][j] = random.nextDouble(-1, 1);
          slope += direction[i][j] * gradient[i][j];
        }
      }
      double step = 1e-8;
      double ahead = oracle.evaluate(moved(at, step, direction), 0).loss();
      double behind = oracle.evaluate(moved(at, -step, direction), 0).loss();

      assertThat((ahead - behind) / (2 * step))
          .isCloseTo(slope, within(DIFFERENCE * norm(gradient) * norm(direction)));
    }
  }

  @Test
  void theSameParametersGiveTheSameBits() {
    NetworkDefinition definition = SmallNetworks.resNet();
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    try (GraphGradients oracle = oracle(definition, graph)) {
      double[][] first = oracle.evaluate(at, 0, 1).gradient();
      oracle.evaluate(at, 2).gradient();

      assertThat(oracle.evaluate(at, 0, 1).gradient()).isDeepEqualTo(first);
      assertThat(GraphTensors.of(graph).values(graph)).isDeepEqualTo(at);
    }
  }

  /** Every tensor said to be invariant is, with its shift if it is a scale, and no other one. */
  @Tag("long")
  @ParameterizedTest
  @MethodSource("tunable")
  void invariantTensorsDoNotChangeTheLoss(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    try (GraphGradients oracle = oracle(definition, graph)) {
      double loss = oracle.evaluate(at, 0).loss();
      List<ParameterTensor> tensors = oracle.tensors();
      for (int i = 0; i < at.length; i++) {
        double[][] scaled = at.clone();
        scaled[i] = Arrays.stream(at[i]).map(value -> 2 * value).toArray();
        double change = Math.abs(oracle.evaluate(scaled, 0).loss() - loss);
        if (tensors.get(i).scaleInvariant()) {
          assertThat(change).as(tensors.get(i).name()).isLessThan(EPSILON_OF_NORMALIZATION);
        } else if (tensors.get(i).kind() != Kind.SHIFT && norm(new double[][] {at[i]}) > 0) {
          assertThat(change).as(tensors.get(i).name()).isGreaterThan(EPSILON_OF_NORMALIZATION);
        }
      }
    }
  }

  /** d‖g‖/d log α = −‖g_i‖²/‖g‖, for a convolution and for a scale with its shift. */
  @Test
  void theGradientsNormFallsWithTheScaleOfInvariantTensors() {
    NetworkDefinition definition = SmallNetworks.denseNet();
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    try (GraphGradients oracle = oracle(definition, graph)) {
      double[][] gradient = oracle.evaluate(at, 0).gradient();
      List<ParameterTensor> tensors = oracle.tensors();
      int checked = 0;
      for (int i = 0; i < at.length; i++) {
        if (!tensors.get(i).scaleInvariant()) {
          continue;
        }
        double step = 1e-6;
        double ahead = norm(oracle.evaluate(scaled(at, i, 1 + step), 0).gradient());
        double behind = norm(oracle.evaluate(scaled(at, i, 1 - step), 0).gradient());
        double squares = square(gradient[i]);
        if (tensors.get(i).kind() == Kind.SCALE) {
          squares += square(gradient[i + 1]);
        }
        assertThat((ahead - behind) / (2 * step))
            .as(tensors.get(i).name())
            .isCloseTo(
                -squares / norm(gradient), within(EPSILON_OF_NORMALIZATION * norm(gradient)));
        checked++;
      }
      assertThat(checked).isGreaterThan(8);
    }
  }

  /** Tangents against differences of gradients in float64. */
  @Tag("long")
  @ParameterizedTest
  @MethodSource("tunable")
  void productsWithTheHessianAreDifferencesOfGradients(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double[][] at = GraphTensors.of(graph).values(graph);
    try (GraphGradients oracle = oracle(definition, graph)) {
      double[][] gradient = oracle.evaluate(at, 0).gradient();
      double step = 1e-9 * norm(at) / norm(gradient);
      double[][] ahead = oracle.evaluate(moved(at, step, gradient), 0).gradient();
      double[][] behind = oracle.evaluate(moved(at, -step, gradient), 0).gradient();
      double[][] difference = new double[at.length][];
      for (int i = 0; i < at.length; i++) {
        difference[i] = new double[at[i].length];
        for (int j = 0; j < at[i].length; j++) {
          difference[i][j] = (ahead[i][j] - behind[i][j]) / (2 * step);
        }
      }

      assertThat(distance(oracle.hessianProduct(at, gradient, 0), difference))
          .isLessThan(SINGLE * norm(difference));
      assertThat(oracle.hasExactHessianProduct()).isTrue();
      assertThat(distance(oracle.exactHessianProduct(at, gradient, 0), difference))
          .isLessThan(DIFFERENCE_OF_GRADIENTS * norm(difference));
    }
  }

  @Tag("long")
  @Test
  void gradInitsConstraintHolds() {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11").withWidth(4);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    GraphTensors tensors = GraphTensors.of(graph);
    double[][] start = tensors.values(graph);
    GradInit.Settings settings = new GradInit.Settings(.05, 40, BATCH, 1, .1);
    try (GraphGradients oracle = oracle(definition, graph)) {
      TunedScales tuned = GradInit.run(oracle, start, settings, TuningProgress.none());
      tensors.scale(graph, tuned);

      assertThat(tuned.values().get(0)).isGreaterThan(1.5);
      assertThat(norm(oracle.evaluateOnce(tensors.values(graph), 0, 1).gradient())).isLessThan(1.2);
    }
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void theGradientQuotientFallsOverMetaInitsSteps(MetaInit.Version version) {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11").withWidth(2);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    double rate = version == MetaInit.Version.ORIGINAL ? .1 : .05;
    MetaInit.Settings settings = new MetaInit.Settings(version, rate, .9, 20, 1e-5);
    try (GraphGradients oracle = oracle(definition, graph)) {
      TunedScales tuned =
          MetaInit.run(
              oracle, GraphTensors.of(graph).values(graph), settings, TuningProgress.none());

      assertThat(tuned.values().get(19)).isLessThan(.8 * tuned.values().get(0));
    }
  }

  private static double[][] scaled(double[][] at, int tensor, double factor) {
    double[][] scaled = at.clone();
    scaled[tensor] = Arrays.stream(at[tensor]).map(value -> factor * value).toArray();
    return scaled;
  }

  private static double[][] moved(double[][] at, double step, double[][] direction) {
    double[][] moved = new double[at.length][];
    for (int i = 0; i < at.length; i++) {
      moved[i] = at[i].clone();
      for (int j = 0; j < at[i].length; j++) {
        moved[i][j] += step * direction[i][j];
      }
    }
    return moved;
  }

  private static double distance(double[][] a, double[][] b) {
    return norm(moved(a, -1, b));
  }

  private static double norm(double[][] values) {
    double sum = 0;
    for (double[] tensor : values) {
      sum += square(tensor);
    }
    return Math.sqrt(sum);
  }

  private static double square(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return sum;
  }
}
