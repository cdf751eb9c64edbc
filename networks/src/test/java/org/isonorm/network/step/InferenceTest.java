package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Variant;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ForwardingKernels;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.layer.GraphKernels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

class InferenceTest {
  /** Ten probabilities in float32. */
  private static final float SUM_OF_CLASSES = 1e-5f;

  /** Probabilities; folded weights are rounded once more than weights, in every layer. */
  private static final double FOLDING = 1e-4;

  static Stream<NetworkDefinition> networks() {
    return Stream.concat(
        SmallNetworks.ofEveryFamily(),
        Stream.of(
            SmallNetworks.imagenetResNet(50).withImage(65, 64, 1),
            NetworkDefinition.of("densenet-22").withWidth(4),
            NetworkDefinition.of("wrn-16-1").withWidth(4),
            NetworkDefinition.of("wrn-10-2").withWidth(4).withVariant(Variant.GRADINIT)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void agreesWithTheLayersOneByOne(NetworkDefinition definition) {
    agrees(definition, "onednn");
  }

  @Tag("long")
  @Test
  void everyKernelFolds() {
    agrees(SmallNetworks.resNet(), "reference");
    agrees(SmallNetworks.resNet(), "nd4j");
    agrees(NetworkDefinition.of("densenet-22").withWidth(4), "onednn-direct");
    agrees(NetworkDefinition.of("densenet-22").withWidth(4), "reference");
  }

  private static void agrees(NetworkDefinition definition, String kernels) {
    Kernels given = KernelProvider.kernels(kernels);
    ComputationGraph graph = GraphKernels.give(SmallNetworks.initialized(definition, 4), given);
    RandomBatch batch = RandomBatch.of(definition, 6, 2);
    trainAFewSteps(graph, batch, given);
    try (Inference inference = Inference.of(graph, given)) {
      INDArray before = inference.output(batch.features());
      assertThat(distance(before, graph.outputSingle(batch.features()))).isLessThan(FOLDING);

      trainAFewSteps(graph, batch, given);
      assertThat(inference.output(batch.features())).isEqualTo(before);
      inference.refresh();
      INDArray after = inference.output(batch.features());
      assertThat(distance(after, graph.outputSingle(batch.features()))).isLessThan(FOLDING);
      assertThat(after).isNotEqualTo(before);
    }
  }

  @Test
  void theLastConvolutionOfABlockAddsToTheOtherBranch() {
    AtomicInteger accumulating = new AtomicInteger();
    Kernels kernels =
        new ForwardingKernels(KernelProvider.kernels(KernelProvider.DIRECT)) {
          @Override
          public String name() {
            return base().name();
          }

          @Override
          public Optional<InferenceConvolutionKernel> accumulatingConvolution(
              ConvolutionShape shape, boolean relu) {
            accumulating.incrementAndGet();
            return base().accumulatingConvolution(shape, relu);
          }
        };
    // Of nine blocks, two of whose shortcuts are no convolution and come last; all six.
    Map.of("resnet-20", 7, "wrn-16-1", 6)
        .forEach(
            (family, blocks) -> {
              NetworkDefinition definition = NetworkDefinition.of(family).withWidth(4);
              accumulating.set(0);
              try (Inference inference =
                  Inference.of(SmallNetworks.initialized(definition, 1), kernels)) {
                inference.output(RandomBatch.of(definition, 2, 1).features());
              }
              assertThat(accumulating).as(family).hasValue(blocks);
            });
  }

  @Test
  void outputIsAProbabilityOfEveryClass() {
    NetworkDefinition definition = SmallNetworks.resNet();
    Inference inference = Inference.of(SmallNetworks.initialized(definition, 1));
    RandomBatch batch = RandomBatch.of(definition, 3, 1);

    INDArray output = inference.output(batch.features());

    assertThat(output.shape()).containsExactly(3, 10);
    assertThat(output.minNumber().doubleValue()).isNotNegative();
    assertThat(output.sum(1).toFloatVector())
        .containsExactly(new float[] {1, 1, 1}, within(SUM_OF_CLASSES));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("networks")
  void anImagesLogitsDoNotDependOnItsBatch(NetworkDefinition definition) {
    // From 128 images on, libraries have taken another way through the classifier's product.
    RandomBatch batch = RandomBatch.of(definition, 128, 2);
    INDArray image =
        batch.features().get(NDArrayIndex.interval(100, 101), all(), all(), all()).dup('c');
    INDArray few =
        batch.features().get(NDArrayIndex.interval(96, 112), all(), all(), all()).dup('c');
    try (Inference inference = Inference.of(SmallNetworks.initialized(definition, 4))) {
      float[] expected = inference.logits(batch.features()).getRow(100).toFloatVector();

      assertThat(inference.logits(few).getRow(4).toFloatVector()).isEqualTo(expected);
      assertThat(inference.logits(image).getRow(0).toFloatVector()).isEqualTo(expected);
    }
  }

  /** Running statistics, scales and shifts leave the values they start at. */
  private static void trainAFewSteps(ComputationGraph graph, RandomBatch batch, Kernels kernels) {
    try (TrainingStep step = TrainingStep.of(graph, kernels, Precision.FLOAT32)) {
      for (int i = 0; i < 3; i++) {
        step.compute(batch.features(), batch.labels());
        step.update(new OptimizerSettings(0.01, 0.9, 0, true));
      }
    }
  }

  private static double distance(INDArray found, INDArray expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    return found.sub(expected).amaxNumber().doubleValue();
  }
}
