package org.isonorm.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SavedNetworkTest {

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void restoredNetworkIsTheSame(NetworkDefinition definition, @TempDir Path folder)
      throws IOException {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 4, 1);
    TrainingStep step = TrainingStep.of(graph);
    step.compute(batch.features(), batch.labels());
    step.update(OptimizerSettings.nesterov(.05, .9, 0));
    File file = folder.resolve("model.zip").toFile();

    ModelSerializer.writeModel(graph, file, false);
    ComputationGraph restored = ModelSerializer.restoreComputationGraph(file);

    assertThat(restored.getConfiguration().toJson()).isEqualTo(graph.getConfiguration().toJson());
    assertThat(FlatParameters.toBytes(restored.params()))
        .isEqualTo(FlatParameters.toBytes(graph.params()));
    assertThat(restored.outputSingle(batch.features()).toFloatMatrix())
        .isDeepEqualTo(graph.outputSingle(batch.features()).toFloatMatrix());
    assertThat(Networks.topology(definition.name(), restored))
        .isEqualTo(Networks.topology(definition).withoutGeometry());
    assertThat(TrainingStep.of(restored).compute(batch.features(), batch.labels()))
        .isEqualTo(step.compute(batch.features(), batch.labels()));
  }
}
