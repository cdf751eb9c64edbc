package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerMethod.Muon;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class MuonTest {
  private static final double A = 3.4445;
  private static final double B = -4.775;
  private static final double C = 2.0315;

  /** Float32 roundings of some products of matrices of some dozens of columns. */
  private static final double ROUNDING = 2e-5;

  /** Singular values are apart here: each follows the polynomial by itself. */
  @Test
  void singularValuesFollowThePolynomial() {
    double[] values = {.9, .3, .02};
    INDArray matrix = Nd4j.zeros(3, 5);
    double norm = Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
    for (int i = 0; i < 3; i++) {
      matrix.putScalar(i, i + 1, values[i]);
    }

    INDArray result = NewtonSchulz.orthogonalized(matrix, 5);

    for (int i = 0; i < 3; i++) {
      double s = values[i] / norm;
      for (int k = 0; k < 5; k++) {
        s = A * s + B * Math.pow(s, 3) + C * Math.pow(s, 5);
      }
      assertThat(result.getDouble(i, i + 1)).isCloseTo(s, within(ROUNDING));
      assertThat(s).isBetween(.6, 1.3);
    }
    assertThat(result.norm2Number().doubleValue()).isLessThan(1.3 * Math.sqrt(3));
  }

  @ParameterizedTest
  @CsvSource({"4, 27", "27, 4", "6, 6", "1, 9"})
  void isThePlainProductOfMatrices(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(rows);
    double[][] matrix = new double[rows][columns];
    for (double[] row : matrix) {
      Arrays.setAll(row, i -> (float) random.nextDouble(-1, 1));
    }
    INDArray given = Nd4j.createFromArray(matrix).castTo(DataType.FLOAT);
    INDArray before = given.dup();

    INDArray result = NewtonSchulz.orthogonalized(given, 3);

    double[][] expected = plain(matrix, 3);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        assertThat(result.getDouble(i, j)).isCloseTo(expected[i][j], within(ROUNDING));
      }
    }
    assertThat(given).isEqualTo(before);
  }

  @Test
  void aGradientOfZerosMovesNothing() {
    assertThat(NewtonSchulz.orthogonalized(Nd4j.zeros(3, 4), 3)).isEqualTo(Nd4j.zeros(3, 4));
  }

  /** In either orientation, since (X Xᵀ) X = X (Xᵀ X). */
  private static double[][] plain(double[][] matrix, int iterations) {
    double norm = 0;
    for (double[] row : matrix) {
      norm += Arrays.stream(row).map(v -> v * v).sum();
    }
    double scale = 1 / Math.sqrt(norm);
    double[][] x =
        Arrays.stream(matrix)
            .map(row -> Arrays.stream(row).map(v -> v * scale).toArray())
            .toArray(double[][]::new);
    for (int k = 0; k < iterations; k++) {
      double[][] a = product(x, transposed(x));
      double[][] aa = product(a, a);
      double[][] ax = product(a, x);
      double[][] aax = product(aa, x);
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < x[i].length; j++) {
          x[i][j] = A * x[i][j] + B * ax[i][j] + C * aax[i][j];
        }
      }
    }
    return x;
  }

  private static double[][] transposed(double[][] x) {
    double[][] result = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        result[j][i] = x[i][j];
      }
    }
    return result;
  }

  private static double[][] product(double[][] x, double[][] y) {
    double[][] result = new double[x.length][y[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < y.length; k++) {
        for (int j = 0; j < y[0].length; j++) {
          result[i][j] += x[i][k] * y[k][j];
        }
      }
    }
    return result;
  }

  /** Convolutions by Muon, all else by SGD, against the formulas in float64. */
  @Test
  void aStepIsThatOfTheFormulas() {
    NetworkDefinition definition = SmallNetworks.resNet();
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    Muon muon = new Muon(.6, 3, new Sgd(.85, true));
    OptimizerSettings settings =
        new OptimizerSettings(.2, muon, .01)
            .withRules(List.of(ParameterRule.learningRate(.5, ParameterKind.CLASSIFIER)));
    double[] weights = graph.params().dup().data().asDouble();
    double[] velocity = new double[weights.length];
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int t = 1; t <= 2; t++) {
        RandomBatch batch = RandomBatch.of(definition, 8, t);
        step.compute(batch.features(), batch.labels());
        double[] gradient = graph.getFlattenedGradients().dup().data().asDouble();
        for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
          move(parameter, weights, gradient, velocity);
        }
        step.update(settings.atStep(t, .2));
      }
    }

    double[] found = graph.params().dup().data().asDouble();
    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      for (int i = (int) parameter.from(); i < parameter.to(); i++) {
        assertThat(found[i]).as(parameter.toString()).isCloseTo(weights[i], within(ROUNDING));
      }
    }
  }

  private static void move(
      Parameter parameter, double[] weights, double[] gradient, double[] velocity) {
    int from = (int) parameter.from();
    int length = (int) (parameter.to() - parameter.from());
    double[] ahead = new double[length];
    double momentum = parameter.kind() == ParameterKind.CONVOLUTION ? .6 : .85;
    double decay = parameter.kind() == ParameterKind.CLASSIFIER ? .01 : 0;
    for (int i = 0; i < length; i++) {
      double g = gradient[from + i] / 8 + decay * weights[from + i];
      velocity[from + i] = momentum * velocity[from + i] + g;
      ahead[i] = g + momentum * velocity[from + i];
    }
    if (!parameter.kind().isTrained()) {
      for (int i = from; i < from + length; i++) {
        weights[i] -= gradient[i];
      }
      return;
    }
    if (parameter.kind() != ParameterKind.CONVOLUTION) {
      double rate = parameter.kind() == ParameterKind.CLASSIFIER ? .1 : .2;
      for (int i = 0; i < length; i++) {
        weights[from + i] -= rate * ahead[i];
      }
      return;
    }
    int columns = length / parameter.units();
    double[][] matrix = new double[parameter.units()][];
    double squares = 0;
    for (int row = 0; row < matrix.length; row++) {
      matrix[row] = Arrays.copyOfRange(ahead, row * columns, (row + 1) * columns);
    }
    for (int i = from; i < from + length; i++) {
      squares += weights[i] * weights[i];
    }
    double[][] step = plain(matrix, 3);
    for (int i = 0; i < length; i++) {
      weights[from + i] *= Math.sqrt(parameter.units() / squares);
      weights[from + i] -= .2 * step[i / columns][i % columns];
    }
  }

  @Test
  void settingsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Muon(1, 3, new Sgd(.85, true)))
        .withMessage("Invalid muon.momentum: 1.0 (must be in [0, 1))");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Muon(.6, 0, new Sgd(.85, true)))
        .withMessage("Invalid muon.iterations: 0.0 (must be >= 1)");
  }
}
