package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.export.SafeTensors;
import org.isonorm.network.export.StateDict;
import org.isonorm.spark.config.IsonormConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartingWeightsTest {
  private static final NetworkDefinition NETWORK =
      NetworkDefinition.of("resnet-8").withWidth(2).withImage(8, 8, 3);

  @TempDir Path folder;

  private Path safetensors(NetworkDefinition definition) throws IOException {
    ComputationGraph graph = Networks.build(definition);
    graph.params().assign(.5);
    Path file = folder.resolve("weights.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafeTensors.write(StateDict.of(graph), Map.of(), out);
    }
    return file;
  }

  @Test
  void aClassifierOfOtherClassesStartsAnew() throws IOException {
    Path file = safetensors(NETWORK.withClasses(7));
    ComputationGraph graph = Networks.build(NETWORK);

    StartingWeights weights = StartingWeights.put(file.toString(), graph);

    assertThat(weights.took("stem")).isTrue();
    assertThat(weights.took("classifier")).isFalse();
    assertThat(graph.getParam("stem_W").meanNumber().doubleValue()).isEqualTo(.5);
    assertThat(graph.getParam("classifier_W").amaxNumber().doubleValue()).isZero();
    assertThat(weights.sentence())
        .isEqualTo(
            "Starting from %s: 43 tensors taken, fc.weight starts anew (it is [7, 8] there and [10, 8] here), fc.bias starts anew (it is [7] there and [10] here); in all 2 anew, 0 left there (weights.csv)",
            file);
    assertThat(weights.table()).contains("fc.bias,classifier,anew,it is [7] there and [10] here");
  }

  @Test
  void weightsOfWhichNoneFitsAreRefused() throws IOException {
    Path file = safetensors(NetworkDefinition.of("plain-3").withWidth(2).withImage(8, 8, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartingWeights.put(file.toString(), Networks.build(NETWORK)))
        .withMessageStartingWith(
            "Invalid initialization.from: %s (none of its tensors fits the network, which has conv1.weight, bn1.",
            file)
        .withMessageContaining("it has features.0.weight");
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("x.safetensors"), "PK and so on, no tensors");
    assertThatIOException()
        .isThrownBy(() -> StartingWeights.put(file.toString(), Networks.build(NETWORK)))
        .withMessage(
            "Cannot read %s: it is damaged or no safetensors file (it has no header)", file);
  }

  @Test
  void aMissingFileIsNamedBeforeSparkStarts() {
    Path nowhere = folder.resolve("nowhere");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartingWeights.check(nowhere.toString()))
        .withMessage(
            "Invalid initialization.from: %s (there is no %s; must be a run that has ended, a model.zip, a checkpoint or a safetensors file)",
            nowhere, nowhere);
    StartingWeights.check("");
  }

  @Test
  void aTunedStartScalesItsOwn() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                IsonormConfig.load(
                    Optional.empty(),
                    List.of("initialization.from=model.zip", "initialization.rule=gradinit")))
        .withMessageContaining("initialization.from")
        .withMessageContaining("empty with rule = gradinit");
  }
}
