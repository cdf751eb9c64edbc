package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Exported weights in modules of torch, where python3 has it. */
class TorchModulesTest {
  /** Of logits, relative to the largest one: float32 sums in another order. */
  private static final double TOLERANCE = 1e-4;

  private static final int IMAGES = 4;

  @TempDir Path folder;

  @BeforeAll
  static void requireTorch() throws IOException, InterruptedException {
    assumeTrue(
        run("python3", "-c", "import torch").exitCode() == 0,
        "TorchModulesTest is skipped: python3 has no torch");
  }

  private record Outcome(int exitCode, String output) {}

  private static Outcome run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return new Outcome(127, e.getMessage());
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Outcome(process.waitFor(), output);
  }

  static Stream<NetworkDefinition> networks() {
    return Stream.of(
        SmallNetworks.imagenetResNet(18),
        SmallNetworks.imagenetResNet(50).withImage(65, 70, 1),
        SmallNetworks.resNet().withShortcut(Shortcut.B),
        // The classifier reads several pixels.
        NetworkDefinition.of("vgg-11").withWidth(4).withImage(64, 96, 3));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void findTheSameLogits(NetworkDefinition definition) throws Exception {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int i = 0; i < 3; i++) {
        step.compute(batch.features(), batch.labels());
        step.update(OptimizerSettings.nesterov(.01, .9, 0));
      }
    }
    INDArray images = RandomBatch.of(definition, IMAGES, 2).features();
    Path model = write("model", StateDict.of(graph));
    Path expected;
    try (Inference inference = Inference.of(graph)) {
      INDArray channelsFirst = images.permute(0, 3, 1, 2);
      INDArray logits = inference.logits(images);
      expected =
          write(
              "expected",
              List.of(
                  NamedTensor.of("images", channelsFirst, channelsFirst.shape()),
                  NamedTensor.of("logits", logits, logits.shape())));
    }

    Outcome outcome =
        run(
            "python3",
            "src/test/python/check_safetensors.py",
            model.toString(),
            expected.toString());

    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(Double.parseDouble(outcome.output())).isLessThan(TOLERANCE);
  }

  private Path write(String name, List<NamedTensor> tensors) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafeTensors.write(tensors, Map.of(), out);
    }
    return file;
  }
}
