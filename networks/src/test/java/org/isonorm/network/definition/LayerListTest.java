package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class LayerListTest {
  private static final List<String> RESIDUAL =
      List.of(
          "conv 8 3x3",
          "bn",
          "relu",
          "residual",
          "conv 8 3x3",
          "bn",
          "relu",
          "conv 8 1x3",
          "bn",
          "sum",
          "residual",
          "conv 16 3x3 /2",
          "bn",
          "relu",
          "max-pool 3x3 /2",
          "sum",
          "relu",
          "dropout 0.5",
          "avg-pool 2x2",
          "dense 20",
          "tanh");

  private static NetworkDefinition network(List<String> layers) {
    return NetworkDefinition.drawn("mine", layers).withClasses(5).withImage(18, 12, 3);
  }

  @Test
  void layersAreNamedByKindAndNumberAndBlocksPassTheirInputOn() {
    assertThat(
            Networks.topology(network(RESIDUAL)).layers().stream()
                .map(
                    layer ->
                        layer.name()
                            + " "
                            + layer.shape().out()
                            + " of "
                            + layer.shape().size() / layer.shape().out()))
        .containsExactly(
            "conv1 8 of 27",
            "conv2 8 of 72",
            "conv3 8 of 24",
            "conv4 16 of 72",
            "shortcut1 16 of 8",
            // 18×12 pixels halved three times, rounded up.
            "dense1 20 of 96",
            "classifier 5 of 20");
  }

  /** Weights, scales and shifts and their running statistics, biases of the dense layers alone. */
  @Test
  void itHasTheParametersThatItsLayersSay() {
    ComputationGraph graph = Networks.build(network(RESIDUAL));
    long weights = 27 * 8 + 72 * 8 + 24 * 8 + 72 * 16 + 8 * 16 + 96 * 20 + 20 * 5;
    long normalization = 4L * (8 + 8 + 8 + 16 + 16);
    assertThat(graph.numParams()).isEqualTo(weights + normalization + 20 + 5);
  }

  @Test
  void itLearnsABatch() {
    NetworkDefinition network =
        network(RESIDUAL.stream().filter(l -> !l.contains("drop")).toList());
    RandomBatch batch = RandomBatch.of(network, 6, 1);
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    try (TrainingStep step = TrainingStep.of(graph)) {
      double first = step.compute(batch.features(), batch.labels());
      for (int i = 0; i < 20; i++) {
        step.update(OptimizerSettings.nesterov(.02, .9, 0));
        step.compute(batch.features(), batch.labels());
      }
      assertThat(step.compute(batch.features(), batch.labels())).isLessThan(first / 2);
    }
    try (Inference inference = Inference.of(graph);
        INDArray logits = inference.logits(batch.features())) {
      assertThat(logits.shape()).containsExactly(6, 5);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relu",
        "leaky-relu",
        "elu",
        "tanh",
        "sigmoid",
        "silu",
        "selu",
        "softplus",
        "mish",
        "hard-tanh",
        "softsign"
      })
  void activationsAreThoseThatHaveAFastForm(String activation) {
    NetworkDefinition network = network(List.of("conv 4 3x3", activation, "global-pool"));
    assertThat(network.activation()).isEqualTo(activation);
    assertThat(Networks.build(network).numParams()).isEqualTo(27 * 4 + 4 * 5 + 5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "conv 8|'conv 8' (must be one of conv CHANNELS HEIGHTxWIDTH [/STRIDE], bn, an activation such as relu, max-pool or avg-pool HEIGHTxWIDTH [/STRIDE], residual … sum, dropout PROBABILITY, global-pool, dense UNITS)",
        "conv 0 3x3, global-pool|'conv 0 3x3' (its numbers must be from 1 to 99999)",
        "conv 123456789012 3x3|'conv 123456789012 3x3' (its numbers must be from 1 to 99999)",
        "conv 8 3x3, max-pool 2x3|'max-pool 2x3' (must say its stride, as in max-pool 2x3 /2)",
        "conv 8 3x3, dropout 1|'dropout 1' (its probability to be dropped must be in (0, 1))",
        "conv 8 3x3, dropout 1.2.3|'dropout 1.2.3' (must be dropout PROBABILITY, as in dropout 0.5)",
        "conv 8 3x3, sum|'sum' (ends no block; must come after residual)",
        "conv 8 3x3, residual, sum|'sum' (ends a block without layers)",
        "conv 8 3x3, residual, bn|'residual' (a block that begins must end with sum)",
        "conv 8 3x3, residual, dense 3|'dense 3' (must come after the residual block's sum)",
        "global-pool, conv 8 3x3|'conv 8 3x3' (must come before global-pool and dense, which leave no image)",
        "conv 8 3x3, bn, relu|they end with an image (must have global-pool or dense UNITS before the classifier, which comes by itself)"
      })
  void whatIsWrongIsSaidInOneSentence(String layers, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkDefinition.drawn("mine", List.of(layers.split(", "))))
        .withMessage("Invalid layers: " + message);
  }
}
