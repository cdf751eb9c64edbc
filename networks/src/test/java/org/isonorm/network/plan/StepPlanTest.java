package org.isonorm.network.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.definition.Variant;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.layer.GraphKernels;
import org.isonorm.network.plan.StepPlan.BatchLoss;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class StepPlanTest {

  /** Gradients are sums of the same products in the same order, but for those DL4J adds up. */
  private static final double ROUNDING = 1e-5;

  /** Learning rate at which networks with batch normalization learn a batch by heart. */
  private static final double NORMALIZED_RATE = 0.05;

  /** A third of the loss of a guess among ten classes. */
  private static final double OVERFITTED = Math.log(10) / 3;

  /**
   * Distance of gradients by bfloat16, over their norm: seven bits of mantissa, and ReLUs that
   * flip.
   */
  private static final double HALF_WIDTH = 0.1;

  static Stream<NetworkDefinition> networks() {
    NetworkDefinition resNet = NetworkDefinition.of("resnet-14").withWidth(4);
    return Stream.of(
        resNet.withShortcut(Shortcut.A),
        resNet.withShortcut(Shortcut.A_BN),
        resNet.withShortcut(Shortcut.B).withBiases(Biases.ALL),
        resNet.withImage(9, 7, 3),
        NetworkDefinition.of("fast-94").withWidth(4).withBiases(Biases.NONE),
        NetworkDefinition.of("fast-96").withWidth(4).withImage(25, 33, 1),
        NetworkDefinition.of("vgg-11").withWidth(4).withBiases(Biases.ALL),
        NetworkDefinition.of("densenet-22").withWidth(4),
        NetworkDefinition.of("wrn-16-1").withWidth(4),
        NetworkDefinition.of("wrn-10-2").withWidth(4).withVariant(Variant.GRADINIT),
        NetworkDefinition.of("vgg-11").withWidth(4).withActivation("gelu"),
        NetworkDefinition.of("resnet-8").withWidth(4).withActivation("tanh"),
        resNet.withNormalization(Normalization.FIXUP).withShortcut(Shortcut.A),
        resNet.withNormalization(Normalization.FIXUP).withImage(9, 7, 3),
        resNet.withNormalization(Normalization.FIXUP).withShortcut(Shortcut.B),
        NetworkDefinition.of("wrn-10-2").withWidth(4).withNormalization(Normalization.FIXUP),
        NetworkDefinition.of("wrn-10-2")
            .withWidth(4)
            .withNormalization(Normalization.FIXUP)
            .withVariant(Variant.GRADINIT),
        NetworkDefinition.of("vgg-11").withWidth(4).withImage(64, 64, 1).withBiases(Biases.NONE));
  }

  /** Max pooling with padding, of values below 0 too; bottleneck blocks; sizes that are odd. */
  static Stream<NetworkDefinition> imagenetNetworks() {
    return Stream.of(
        SmallNetworks.imagenetResNet(18).withImage(65, 71, 4),
        SmallNetworks.imagenetResNet(50).withShortcut(Shortcut.A_BN),
        SmallNetworks.imagenetResNet(50).withImage(66, 64, 1),
        SmallNetworks.imagenetResNet(50)
            .withNormalization(Normalization.FIXUP)
            .withActivation("tanh"));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource({"networks", "imagenetNetworks"})
  void findsTheGradientsOfTheGraph(NetworkDefinition definition) {
    for (String kernels : new String[] {"onednn", "nd4j", "reference"}) {
      Example example = Example.of(definition, KernelProvider.kernels(kernels), 3);
      ComputationGraph graph = example.graph;
      graph.setInputs(example.images);
      graph.setLabels(example.labels);
      graph.computeGradientAndScore();
      INDArray expected = graph.getFlattenedGradients().dup();
      double expectedLoss = graph.score();
      graph.getFlattenedGradients().assign(Double.NaN);

      BatchLoss loss = example.run(Precision.FLOAT32);

      assertThat(loss.mean()).isCloseTo(expectedLoss, within(ROUNDING));
      assertThat(difference(graph.getFlattenedGradients(), expected)).isLessThan(ROUNDING);
    }
  }

  @Test
  void givesTheSameBitsEveryTime() {
    Example example =
        Example.of(NetworkDefinition.of("resnet-8"), KernelProvider.kernels("onednn"), 5);
    StepPlan plan = example.plan(Precision.FLOAT32, new PlanMemory());

    plan.run(example.images, example.labels);
    INDArray first = example.graph.getFlattenedGradients().dup();
    plan.run(example.images, example.labels);

    assertThat(example.graph.getFlattenedGradients()).isEqualTo(first);
  }

  @Test
  void plansOfTwoBatchSizesShareMemory() {
    Kernels kernels = KernelProvider.kernels("onednn");
    NetworkDefinition definition = NetworkDefinition.of("resnet-8");
    Example large = Example.of(definition, kernels, 5);
    PlanMemory memory = new PlanMemory();
    StepPlan plan = large.plan(Precision.FLOAT32, memory);
    plan.run(large.images, large.labels);
    INDArray expected = large.graph.getFlattenedGradients().dup();

    INDArray fewImages = large.images.get(NDArrayIndex.interval(0, 2)).dup('c');
    INDArray fewLabels = large.labels.get(NDArrayIndex.interval(0, 2)).dup('c');
    StepPlan small =
        StepPlan.of(large.graph, fewImages.shape(), kernels, Precision.FLOAT32, memory);
    small.run(fewImages, fewLabels);
    assertThat(large.graph.getFlattenedGradients()).isNotEqualTo(expected);

    plan.run(large.images, large.labels);
    assertThat(large.graph.getFlattenedGradients()).isEqualTo(expected);
  }

  @Test
  void keepsLessThanAllActivationsAndGradients() {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11");
    Example example = Example.of(definition, KernelProvider.kernels("onednn"), 2);
    StepPlan plan = example.plan(Precision.FLOAT32, new PlanMemory());
    // Eight convolutions and their normalizations, of which a pair each of the first two stages.
    long largest = 2L * 32 * 32 * 64 * Float.BYTES;
    long activations = 2 * largest + 2 * largest / 2 + 4 * largest / 4 + 8 * largest / 16;

    assertThat(plan.bytes()).isBetween(activations, activations + 3 * largest);
  }

  @Test
  void halfWidthActivationsLearnAsWell() {
    Kernels kernels = kernelsWithBfloat16();
    for (NetworkDefinition definition : networks(Normalization.BATCH)) {
      Example example = Example.of(definition, kernels, 8);
      INDArray start = example.graph.params().dup();
      for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
        example.graph.params().assign(start);

        example.train(precision, 30, NORMALIZED_RATE);

        assertThat(example.step(precision).compute(example.images, example.labels))
            .as("%s, %s", definition, precision)
            .isLessThan(OVERFITTED);
      }
    }
  }

  /**
   * Without batch normalization the loss stays on a plateau for hundreds of steps, how many is up
   * to the last bit, and so to the processor. Gradients do not wait.
   */
  @Test
  void halfWidthActivationsGiveNearlyTheSameGradientsWithoutNormalization() {
    Kernels kernels = kernelsWithBfloat16();
    for (NetworkDefinition definition : networks(Normalization.FIXUP)) {
      Example example = Example.of(definition, kernels, 8);
      for (int steps : new int[] {0, 10}) {
        // At the start Fixup's zeros leave most layers without a gradient.
        example.train(Precision.FLOAT32, steps, NORMALIZED_RATE / 5);

        INDArray expected = example.gradient(Precision.FLOAT32);
        INDArray found = example.gradient(Precision.BFLOAT16);

        assertThat(found.distance2(expected) / expected.norm2Number().doubleValue())
            .as("%s after %d steps", definition, steps)
            .isLessThan(HALF_WIDTH);
      }
    }
  }

  @Test
  void refusesAPrecisionTheKernelsLack() {
    Example example =
        Example.of(NetworkDefinition.of("resnet-8"), KernelProvider.kernels("reference"), 2);

    assertThatThrownBy(() -> example.run(Precision.BFLOAT16))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported precision: bf16 (the reference kernels compute in float32; choose"
                + " training.precision = float32)");
  }

  private static Kernels kernelsWithBfloat16() {
    Kernels kernels = KernelProvider.kernels("onednn");
    try {
      kernels.withPrecision(Precision.BFLOAT16);
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, e.getMessage());
    }
    return kernels;
  }

  private static List<NetworkDefinition> networks(Normalization normalization) {
    return networks().filter(network -> network.normalization() == normalization).toList();
  }

  /** Largest difference, over the largest expected value. */
  private static double difference(INDArray found, INDArray expected) {
    return found.sub(expected).amaxNumber().doubleValue() / expected.amaxNumber().doubleValue();
  }

  private record Example(
      ComputationGraph graph, Kernels kernels, INDArray images, INDArray labels) {

    static Example of(NetworkDefinition definition, Kernels kernels, int batch) {
      ComputationGraph graph = GraphKernels.give(Networks.build(definition), kernels);
      SmallNetworks.initialized(graph, definition, 3);
      graph.initGradientsView();
      SplittableRandom random = new SplittableRandom(5);
      INDArray images =
          Nd4j.create(
              batch, definition.imageHeight(), definition.imageWidth(), definition.imageChannels());
      for (long i = 0; i < images.length(); i++) {
        images.putScalar(i, random.nextDouble(-1, 1));
      }
      INDArray labels = Nd4j.zeros(batch, definition.classes());
      for (int i = 0; i < batch; i++) {
        labels.putScalar(i, random.nextInt(definition.classes()), 1);
      }
      return new Example(graph, kernels, images, labels);
    }

    StepPlan plan(Precision precision, PlanMemory memory) {
      return StepPlan.of(graph, images.shape(), kernels, precision, memory);
    }

    TrainingStep step(Precision precision) {
      return TrainingStep.of(graph, kernels, precision);
    }

    void train(Precision precision, int steps, double rate) {
      TrainingStep step = step(precision);
      OptimizerSettings settings = new OptimizerSettings(rate, 0.9, 0, true);
      for (int i = 0; i < steps; i++) {
        step.compute(images, labels);
        step.update(settings);
      }
    }

    INDArray gradient(Precision precision) {
      step(precision).compute(images, labels);
      return graph.getFlattenedGradients().dup();
    }

    BatchLoss run(Precision precision) {
      try (StepPlan plan = plan(precision, new PlanMemory())) {
        return plan.run(images, labels);
      }
    }
  }
}
