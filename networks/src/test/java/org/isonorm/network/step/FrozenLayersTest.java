package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.benchmark.StepBenchmark;
import org.isonorm.network.benchmark.StepPart;
import org.isonorm.network.benchmark.StepTimes;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SoftmaxCrossEntropy;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class FrozenLayersTest {
  /** Float32 roundings of one forward pass. */
  private static final double ROUNDING = 1e-5;

  private final NetworkDefinition definition = SmallNetworks.resNet();

  private static FrozenLayers frozen(String... patterns) {
    return new FrozenLayers(List.of(patterns));
  }

  private static float[] values(INDArray vector, Parameter parameter) {
    return vector
        .reshape(vector.length())
        .get(NDArrayIndex.interval(parameter.from(), parameter.to()))
        .dup('c')
        .data()
        .asFloat();
  }

  static Stream<NetworkDefinition> networks() {
    return SmallNetworks.ofEveryFamily();
  }

  /** Every second layer that has weights, and the lowest; batch normalization goes on as before. */
  @Tag("long")
  @ParameterizedTest
  @MethodSource("networks")
  void theOtherLayersGetTheGradientTheyHadToTheLastBit(NetworkDefinition network) {
    RandomBatch batch = RandomBatch.of(network, 4, 1);
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    ParameterLayout layout = ParameterLayout.of(graph);
    List<String> patterns = new ArrayList<>();
    List<String> layers =
        layout.parameters().stream()
            .map(Parameter::layer)
            .filter(layer -> !layer.endsWith(".bn"))
            .distinct()
            .toList();
    for (int i = 0; i < layers.size(); i += 2) {
      patterns.add(layers.get(i));
    }
    FrozenLayers frozen = new FrozenLayers(patterns);
    TrainingStep.of(graph).compute(batch.features(), batch.labels());
    INDArray expected = graph.getFlattenedGradients().dup();
    graph.getFlattenedGradients().assign(Float.NaN);

    TrainingStep.of(graph, Precision.FLOAT32, frozen).compute(batch.features(), batch.labels());

    for (Parameter parameter : layout.parameters()) {
      float[] found = values(graph.getFlattenedGradients(), parameter);
      if (!frozen.contains(parameter.layer())) {
        assertThat(found).as(parameter.toString()).isEqualTo(values(expected, parameter));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void whatIsFrozenStaysWithAllThatIsIts(String name) {
    Kernels kernels = KernelProvider.kernels(name);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    FrozenLayers frozen = frozen("stem*", "stage2.*", "stage3.block1.conv1.bn");
    OptimizerSettings settings =
        OptimizerSettings.nesterov(.1, .9, .01)
            .withClipping(new GradientClipping(1, .01))
            .withFrozen(frozen);
    INDArray start = graph.params().dup();
    TrainingStep step = TrainingStep.of(graph, kernels, Precision.FLOAT32, frozen);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);

    for (int i = 0; i < 3; i++) {
      step.compute(batch.features(), batch.labels());
      step.update(settings);
    }

    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      float[] now = values(graph.params(), parameter);
      if (frozen.contains(parameter.layer())) {
        assertThat(now).as(parameter.toString()).isEqualTo(values(start, parameter));
        assertThat(values(step.velocity(), parameter)).containsOnly(0);
      } else {
        assertThat(now).as(parameter.toString()).isNotEqualTo(values(start, parameter));
      }
    }
  }

  /** Batch normalization by shifts alone, behind a first convolution of which the bias learns. */
  @Test
  void aTensorIsFrozenByItself() {
    NetworkDefinition network = definition.withBiases(Biases.ALL);
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    FrozenLayers frozen = frozen("stem.weight", "*.bn.scale");
    INDArray start = graph.params().dup();
    TrainingStep step = TrainingStep.of(graph, Precision.FLOAT32, frozen);
    RandomBatch batch = RandomBatch.of(network, 8, 1);

    for (int i = 0; i < 3; i++) {
      step.compute(batch.features(), batch.labels());
      step.update(OptimizerSettings.nesterov(.1, .9, .01).withFrozen(frozen));
    }

    int stayed = 0;
    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      boolean stays =
          parameter.kind() == ParameterKind.SCALE
              || (parameter.kind() == ParameterKind.CONVOLUTION
                  && parameter.layer().equals("stem"));
      float[] now = values(graph.params(), parameter);
      if (stays) {
        stayed++;
        assertThat(now).as(parameter.toString()).isEqualTo(values(start, parameter));
        assertThat(values(step.velocity(), parameter)).containsOnly(0);
      } else {
        assertThat(now).as(parameter.toString()).isNotEqualTo(values(start, parameter));
      }
    }
    assertThat(stayed).isEqualTo(frozen.of(ParameterLayout.of(graph)).size()).isGreaterThan(2);
    assertThatNoException()
        .isThrownBy(() -> frozen.check(Networks.parameters(network), "resnet-8"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> frozen("stem.bn.scales").check(Networks.parameters(network), "resnet-8"))
        .withMessageStartingWith(
            "Invalid optimizer.frozen: stem.bn.scales matches no layer of resnet-8");
  }

  /** So that a network whose normalizations are all frozen says in training what it says after. */
  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void aFrozenNormalizationIsThatOfEvaluation(String name) {
    Kernels kernels = KernelProvider.kernels(name);
    ComputationGraph graph = trained();
    RandomBatch batch = RandomBatch.of(definition, 8, 2);
    double expected;
    try (Inference inference = Inference.of(graph, kernels)) {
      expected =
          SoftmaxCrossEntropy.of(inference.logits(batch.features()), batch.labels()).meanLoss();
    }

    try (TrainingStep step = TrainingStep.of(graph, kernels, Precision.FLOAT32, frozen("*.bn"))) {
      assertThat(step.compute(batch.features(), batch.labels()))
          .isCloseTo(expected, within(ROUNDING));
    }
  }

  /** A network whose running statistics, scales and shifts are not those of the start. */
  private ComputationGraph trained() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int i = 0; i < 20; i++) {
        RandomBatch batch = RandomBatch.of(definition, 16, i);
        step.compute(batch.features(), batch.labels());
        step.update(OptimizerSettings.nesterov(.05, .9, 0));
      }
    }
    return graph;
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void gradientThroughFrozenNormalizationsIsTheSlopeOfTheLoss(String name) {
    ComputationGraph graph = trained();
    RandomBatch batch = RandomBatch.of(definition, 16, 30);
    INDArray start = graph.params().dup();
    TrainingStep step =
        TrainingStep.of(
            graph, KernelProvider.kernels(name), Precision.FLOAT32, frozen("*.bn", "classifier"));
    step.compute(batch.features(), batch.labels());
    INDArray gradient = graph.getFlattenedGradients().dup().divi(16);
    for (String layer : List.of("stem", "stage2.block1.conv1", "stage3.block1.conv2")) {
      Parameter weights =
          ParameterLayout.of(graph).parameters().stream()
              .filter(each -> each.layer().equals(layer))
              .findFirst()
              .orElseThrow();
      INDArray direction = Nd4j.zeros(start.shape());
      direction
          .reshape(start.length())
          .get(NDArrayIndex.interval(weights.from(), weights.to()))
          .assign(Nd4j.createFromArray(values(gradient, weights)));
      double slope = direction.norm2Number().doubleValue();
      double length = 1e-3;
      direction.muli(length / slope);

      graph.params().assign(start.add(direction));
      double above = step.compute(batch.features(), batch.labels());
      graph.params().assign(start.sub(direction));
      double below = step.compute(batch.features(), batch.labels());

      // Float32 losses are off by 1e-7, and some ReLUs switch.
      assertThat((above - below) / (2 * length)).as(layer).isCloseTo(slope, within(.02 * slope));
    }
  }

  @Test
  void nothingIsComputedBackwardBelowTheLowestTrainedLayer() {
    StepTimes times = times(frozen("stem*", "stage*"));

    for (StepPart part :
        List.of(
            StepPart.CONVOLUTION_DATA_GRADIENT,
            StepPart.CONVOLUTION_WEIGHTS_GRADIENT,
            StepPart.BATCH_NORMALIZATION_BACKWARD,
            StepPart.ADD_RELU_BACKWARD,
            StepPart.POOLING_BACKWARD,
            StepPart.RUNNING_STATISTICS,
            StepPart.ADDITION)) {
      assertThat(times.parts().get(part)).as(part.name()).isZero();
    }
    assertThat(times.parts().get(StepPart.OPTIMIZER)).isPositive();
  }

  @Test
  void noFrozenConvolutionComputesItsWeightsGradient() {
    StepTimes times = times(frozen("stage*.conv?"));
    assertThat(times.parts().get(StepPart.CONVOLUTION_DATA_GRADIENT)).isPositive();
    assertThat(times.parts().get(StepPart.CONVOLUTION_WEIGHTS_GRADIENT)).isPositive();

    StepTimes shifts = times(frozen("stage*.conv?", "stem"));
    assertThat(shifts.parts().get(StepPart.CONVOLUTION_DATA_GRADIENT)).isPositive();
    assertThat(shifts.parts().get(StepPart.CONVOLUTION_WEIGHTS_GRADIENT)).isZero();
  }

  private StepTimes times(FrozenLayers frozen) {
    return StepBenchmark.of(
            definition,
            4,
            OptimizerSettings.nesterov(.1, .9, 0).withFrozen(frozen),
            KernelProvider.kernels("onednn"),
            Precision.FLOAT32,
            1)
        .run(2);
  }

  @Test
  void theGradientOfFrozenLayersIsNotPartOfTheNorm() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    FrozenLayers frozen = frozen("stem*", "stage*");
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    TrainingStep step = TrainingStep.of(graph, Precision.FLOAT32, frozen);
    step.compute(batch.features(), batch.labels());
    INDArray before = graph.params().dup();
    // What was left there must not count.
    for (Parameter each : frozen.of(ParameterLayout.of(graph))) {
      graph
          .getFlattenedGradients()
          .reshape(before.length())
          .get(NDArrayIndex.interval(each.from(), each.to()))
          .assign(1e6);
    }

    step.update(
        new OptimizerSettings(1, 0, 0, false)
            .withClipping(new GradientClipping(1e-3, 0))
            .withFrozen(frozen));

    assertThat(graph.params().sub(before).norm2Number().doubleValue())
        .isCloseTo(1e-3, within(1e-6));
  }

  @Test
  void frozenLayersHaveNoMotion() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    try (TrainingStep step = TrainingStep.of(graph)) {
      step.compute(batch.features(), batch.labels());
      assertThat(
              WeightMotions.of(
                      graph,
                      step.velocity(),
                      OptimizerSettings.nesterov(.1, .9, 0).withFrozen(frozen("stem*", "stage*")),
                      8)
                  .keySet())
          .containsExactly("classifier");
      // Of AdamW's steps no equilibrium is predicted.
      assertThat(
              WeightMotions.of(
                  graph,
                  step.velocity(),
                  new OptimizerSettings(.1, new OptimizerMethod.AdamW(.9, .999, 1e-8), 0),
                  8))
          .isEmpty();
    }
  }

  @Test
  void refusesAnUpdateThatFreezesOtherLayersThanTheGradient() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph, Precision.FLOAT32, frozen("stem"));
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    step.compute(batch.features(), batch.labels());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> step.update(OptimizerSettings.nesterov(.1, .9, 0)))
        .withMessage("Invalid frozen layers: [] (must be the step's own: [stem])");
  }

  @Test
  void aPatternMustMeanALayerAndLeaveOne() {
    List<Parameter> parameters = Networks.parameters(definition);
    assertThatNoException()
        .isThrownBy(() -> frozen("stem", "stage?.*").check(parameters, "resnet-8"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> frozen("stem", "stage1.block1.con1").check(parameters, "resnet-8"))
        .withMessage(
            "Invalid optimizer.frozen: stage1.block1.con1 matches no layer of resnet-8 (did you"
                + " mean stage1.block1.conv1? isonorm init lists them)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> frozen("s*", "classifier").check(parameters, "resnet-8"))
        .withMessage(
            "Invalid optimizer.frozen: [s*, classifier] leaves no layer of resnet-8 to train (must"
                + " leave one)");
  }
}
