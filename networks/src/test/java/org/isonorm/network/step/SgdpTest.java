package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.isonorm.network.step.OptimizerMethod.Sgdp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against the authors' algorithm, written out in float64. */
class SgdpTest {
  /** Some roundings of float32 a step, relative to the length of what they are of. */
  private static final double ROUNDING = 1e-6;

  private static final double DELTA = .1;
  private static final double DECAY_RATIO = .1;
  private static final double EPSILON = 1e-8;
  private static final int BATCH = 8;

  /** What became of a parameter: projected by filters, as a layer, or not at all. */
  private enum Kind {
    FILTERS,
    LAYER,
    NONE
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsAreThoseOfTheAlgorithm(boolean nesterov) {
    Sgd sgd = new Sgd(.9, nesterov);
    double rate = .5;
    double decay = .2;
    NetworkDefinition network = SmallNetworks.wideResNet();
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    // The classifier has half of the rate.
    OptimizerSettings settings =
        new OptimizerSettings(rate, new Sgdp(sgd), decay)
            .withRules(List.of(ParameterRule.learningRate(.5, ParameterKind.CLASSIFIER)));
    double[] weights = graph.params().dup().data().asDouble();
    double[] velocity = new double[weights.length];
    List<Kind> kinds = new ArrayList<>();
    List<Parameter> parameters = ParameterLayout.of(graph).parameters();
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int t = 1; t <= 3; t++) {
        RandomBatch batch = RandomBatch.of(network, BATCH, t);
        step.compute(batch.features(), batch.labels());
        double[] gradient = graph.getFlattenedGradients().dup().data().asDouble();
        for (Parameter each : parameters) {
          int from = (int) each.from();
          int to = (int) each.to();
          double[] w = Arrays.copyOfRange(weights, from, to);
          double[] g = Arrays.copyOfRange(gradient, from, to);
          double[] v = Arrays.copyOfRange(velocity, from, to);
          if (!each.kind().isTrained()) {
            Arrays.setAll(w, i -> w[i] - g[i]);
          } else {
            boolean matrix =
                each.kind() == ParameterKind.CONVOLUTION || each.kind() == ParameterKind.CLASSIFIER;
            double own = each.kind() == ParameterKind.CLASSIFIER ? rate / 2 : rate;
            Kind kind = move(w, g, v, matrix ? each.units() : 0, sgd, own, matrix ? decay : 0);
            if (matrix) {
              kinds.add(kind);
            }
          }
          System.arraycopy(w, 0, weights, from, w.length);
          System.arraycopy(v, 0, velocity, from, v.length);
        }
        step.update(settings.atStep(t, rate));

        double[] found = graph.params().dup().data().asDouble();
        double[] speed = step.velocity().dup().data().asDouble();
        for (Parameter each : parameters) {
          assertClose(found, weights, each);
          assertClose(speed, velocity, each);
        }
        // What the next gradient is of, to the last digit.
        System.arraycopy(found, 0, weights, 0, found.length);
        System.arraycopy(speed, 0, velocity, 0, speed.length);
      }
    }
    assertThat(kinds).contains(Kind.FILTERS, Kind.NONE);
  }

  private static void assertClose(double[] found, double[] expected, Parameter parameter) {
    double squares = 0;
    for (int i = (int) parameter.from(); i < parameter.to(); i++) {
      squares += expected[i] * expected[i];
    }
    for (int i = (int) parameter.from(); i < parameter.to(); i++) {
      assertThat(found[i])
          .as(parameter.toString())
          .isCloseTo(expected[i], within(ROUNDING * Math.sqrt(squares)));
    }
  }

  /**
   * A step.
   *
   * @param g sum over the batch
   * @param rows of the matrix, 0 for a vector
   */
  private static Kind move(
      double[] w, double[] g, double[] v, int rows, Sgd sgd, double rate, double decay) {
    double[] d = new double[w.length];
    for (int i = 0; i < w.length; i++) {
      double slope = g[i] / BATCH;
      v[i] = sgd.momentum() * v[i] + slope;
      d[i] = sgd.nesterov() ? slope + sgd.momentum() * v[i] : v[i];
    }
    Kind kind = Kind.NONE;
    for (int units : rows == 0 ? new int[0] : new int[] {rows, 1}) {
      int length = w.length / units;
      double most = 0;
      for (int unit = 0; unit < units; unit++) {
        double norms =
            Math.max(EPSILON, Math.sqrt(dot(w, w, unit, length)))
                * Math.max(EPSILON, Math.sqrt(dot(g, g, unit, length)) / BATCH);
        most = Math.max(most, Math.abs(dot(w, g, unit, length)) / BATCH / norms);
      }
      if (kind == Kind.NONE && most < DELTA / Math.sqrt(length)) {
        kind = units == rows ? Kind.FILTERS : Kind.LAYER;
        for (int unit = 0; unit < units; unit++) {
          double norm = Math.sqrt(dot(w, w, unit, length)) + EPSILON;
          double along = dot(w, d, unit, length) / (norm * norm);
          for (int i = unit * length; i < (unit + 1) * length; i++) {
            d[i] -= along * w[i];
          }
        }
      }
    }
    double share = kind == Kind.NONE ? 1 : DECAY_RATIO;
    for (int i = 0; i < w.length; i++) {
      w[i] = w[i] * (1 - rate * decay * share / (1 - sgd.momentum())) - rate * d[i];
    }
    return kind;
  }

  private static double dot(double[] a, double[] b, int unit, int length) {
    double sum = 0;
    for (int i = unit * length; i < (unit + 1) * length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Rows of weights (1, 0) and (0, 1), with gradients along them that cancel or do not. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, FILTERS",
    // A cosine of .07 is the greatest of filters of two weights.
    ".05, .05, FILTERS",
    ".08, .08, NONE",
    // As a layer, the gradient is orthogonal to the weights.
    ".3, -.3, LAYER",
    ".3, .3, NONE"
  })
  void aLayerIsProjectedAsAWholeWhereItsFiltersAreNot(double first, double second, Kind kind) {
    INDArray weights = Nd4j.createFromArray(new float[] {1, 0, 0, 1}).reshape(1, 4);
    INDArray gradient =
        Nd4j.createFromArray(new float[] {(float) first, 1, 1, (float) second}).reshape(1, 4);
    INDArray velocity = Nd4j.createFromArray(new float[] {2, 0, 0, 4}).reshape(1, 4);

    Projection projection =
        Projection.of(
            new ReferenceKernels(),
            new Sgd(.5, false),
            weights,
            gradient,
            1,
            velocity,
            new ParameterUpdate(0, 4, true, 1, 0, 2));

    assertThat(projection.decayRatio()).isEqualTo(kind == Kind.NONE ? 1 : DECAY_RATIO);
    // Half of the velocity and the gradient, over ‖w‖².
    double[] along =
        switch (kind) {
          case FILTERS -> new double[] {1 + first, 2 + second};
          case LAYER -> new double[] {(3 + first + second) / 2};
          case NONE -> new double[1];
        };
    assertThat(projection.along()).containsExactly(along, within(ROUNDING));
  }

  /** Decay alone changes their length, by a tenth, and momentum does not. */
  @Test
  void normsOfNormalizedFiltersGrowByTangentsAlone() {
    NetworkDefinition network = SmallNetworks.resNet();
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    Parameter stem = ParameterLayout.of(graph).parameters().get(0);
    assertThat(stem.kind()).isEqualTo(ParameterKind.CONVOLUTION);
    int length = (int) (stem.to() - stem.from()) / stem.units();
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int t = 1; t <= 4; t++) {
        RandomBatch batch = RandomBatch.of(network, BATCH, t);
        step.compute(batch.features(), batch.labels());
        double[] before = graph.params().dup().data().asDouble();
        step.update(new OptimizerSettings(.5, new Sgdp(new Sgd(.9, false)), .2).atStep(t, .5));
        double[] after = graph.params().dup().data().asDouble();
        for (int unit = 0; unit < stem.units(); unit++) {
          // The step has no part along the weights: what is along them is what decay leaves.
          assertThat(dot(before, after, unit, length) / dot(before, before, unit, length))
              .isCloseTo(1 - .5 * .2 * DECAY_RATIO / .1, within(1e-5));
        }
      }
    }
  }

  /** The rows of the flat vector are what the algorithm calls channels. */
  @Test
  void theUnitsOfAClassifierAreItsClasses() {
    ComputationGraph graph = SmallNetworks.initialized(SmallNetworks.resNet(), 1);
    List<Parameter> parameters = ParameterLayout.of(graph).parameters();
    Parameter classifier =
        parameters.stream()
            .filter(each -> each.kind() == ParameterKind.CLASSIFIER)
            .findFirst()
            .orElseThrow();
    INDArray weights = graph.getParam(classifier.layer() + "_W");
    double[] flat = graph.params().dup().data().asDouble();
    int in = (int) weights.size(0);

    assertThat(classifier.units()).isEqualTo((int) weights.size(1));
    for (int unit = 0; unit < classifier.units(); unit++) {
      int from = (int) classifier.from() + unit * in;
      assertThat(Arrays.copyOfRange(flat, from, from + in))
          .isEqualTo(weights.getColumn(unit).dup().data().asDouble());
    }
  }
}
