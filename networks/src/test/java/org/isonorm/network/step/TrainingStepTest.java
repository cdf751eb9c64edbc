package org.isonorm.network.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterGroups.Run;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.plan.HiddenMix;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Nesterovs;

class TrainingStepTest {
  /** One operation or two in float32 on numbers near 1. */
  private static final double SINGLE = 1e-6;

  /** Means of 512 float32, summed in another order. */
  private static final double RUNNING_STATISTICS = 1e-5;

  /** Some ten float32 roundings (6e-8 each) of two ways to write the same update. */
  private static final double ROUNDING = 1e-6;

  /**
   * Differences of float32 losses over a step of 1e-4: curvature, ReLUs that switch and rounding
   * are each up to some per cent in the deepest of the networks.
   */
  private static final double FINITE_DIFFERENCE = .05;

  /**
   * Rounding of activations moves a loss by some 1e-6, here over twice the step; a bias before
   * batch normalization has slope 0.
   */
  private static final double FINITE_DIFFERENCE_OF_ZERO = 1e-2;

  private final NetworkDefinition definition = SmallNetworks.resNet();

  @Test
  void equalsDl4jsOwnFitAtConstantRate() {
    double rate = .1;
    double momentum = .9;
    double weightDecay = 5e-3;
    ComputationGraph expected =
        SmallNetworks.initialized(
            Networks.build(definition, new Nesterovs(rate, momentum), weightDecay), definition, 1);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);

    for (int i = 0; i < 6; i++) {
      // The last batch is smaller, as at an epoch's end.
      RandomBatch batch = RandomBatch.of(definition, i < 5 ? 8 : 5, i);
      expected.fit(new DataSet(batch.features(), batch.labels()));
      step.compute(batch.features(), batch.labels());
      step.update(OptimizerSettings.nesterov(rate, momentum, weightDecay));
    }

    assertThat(relativeDistance(graph.params(), expected.params())).isLessThan(ROUNDING);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void equalsTheFormulaAtChangingRates(boolean nesterov) {
    double momentum = .9;
    double weightDecay = 5e-3;
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);
    ParameterGroups groups = step.groups();
    double[] weights = graph.params().dup().data().asDouble();
    double[] velocity = new double[weights.length];

    for (double rate : new double[] {.1, .05, .2, .001, .1}) {
      RandomBatch batch = RandomBatch.of(definition, 8, (long) (1 / rate));
      step.compute(batch.features(), batch.labels());
      double[] gradient = graph.getFlattenedGradients().dup().data().asDouble();
      for (Run run : groups.runs()) {
        for (int i = (int) run.from(); i < run.to(); i++) {
          if (run.group() == Group.RUNNING_MEANS || run.group() == Group.RUNNING_VARIANCES) {
            weights[i] -= gradient[i];
            continue;
          }
          double decay = run.group() == Group.WEIGHTS ? weightDecay : 0;
          double g = gradient[i] / 8 + decay * weights[i];
          velocity[i] = momentum * velocity[i] + g;
          weights[i] -= rate * (nesterov ? g + momentum * velocity[i] : velocity[i]);
        }
      }
      step.update(new OptimizerSettings(rate, momentum, weightDecay, nesterov));
    }

    assertThat(relativeDistance(graph.params(), weights)).isLessThan(ROUNDING);
    assertThat(relativeDistance(step.velocity(), velocity)).isLessThan(ROUNDING);
  }

  /** The kernels are compared with PyTorch's AdamW by AdamWTest; this is what is handed to them. */
  @Test
  void adamWDecaysWeightsAloneAndCorrectsTheMomentsByTheStep() {
    double weightDecay = .05;
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    FrozenLayers frozen = new FrozenLayers(List.of("stage2.*"));
    TrainingStep step = TrainingStep.of(graph, Precision.FLOAT32, frozen);
    OptimizerSettings settings =
        new OptimizerSettings(1, new OptimizerMethod.AdamW(.9, .99, 1e-6), weightDecay)
            .withFrozen(frozen)
            .withRules(List.of(ParameterRule.learningRate(.5, ParameterKind.CLASSIFIER)));
    double[] weights = graph.params().dup().data().asDouble();
    double[] first = new double[weights.length];
    double[] second = new double[weights.length];

    // A run's steps 7 to 10.
    for (int t = 7; t <= 10; t++) {
      RandomBatch batch = RandomBatch.of(definition, 8, t);
      step.compute(batch.features(), batch.labels());
      double[] gradient = graph.getFlattenedGradients().dup().data().asDouble();
      double base = .01 / t;
      for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
        if (frozen.contains(parameter.layer())) {
          continue;
        }
        double rate = parameter.kind() == ParameterKind.CLASSIFIER ? base / 2 : base;
        double decay = parameter.kind().group() == Group.WEIGHTS ? weightDecay : 0;
        for (int i = (int) parameter.from(); i < parameter.to(); i++) {
          if (!parameter.kind().isTrained()) {
            weights[i] -= gradient[i];
            continue;
          }
          double g = gradient[i] / 8;
          first[i] = .9 * first[i] + .1 * g;
          second[i] = .99 * second[i] + .01 * g * g;
          double m = first[i] / (1 - Math.pow(.9, t));
          double v = second[i] / (1 - Math.pow(.99, t));
          weights[i] -= rate * (decay * weights[i] + m / (Math.sqrt(v) + 1e-6));
        }
      }
      step.update(settings.atStep(t, base));
    }

    assertThat(relativeDistance(graph.params(), weights)).isLessThan(ROUNDING);
    assertThat(relativeDistance(step.velocity(), first)).isLessThan(ROUNDING);
    assertThat(relativeDistance(step.secondMoments(), second)).isLessThan(ROUNDING);
  }

  /** λ_t = λ η_t/η: .2 and .05 of what it is at η, for SGD as part of the gradient. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void weightDecayMayFollowTheLearningRate(boolean adaptive) {
    OptimizerMethod method =
        adaptive ? new OptimizerMethod.AdamW(.9, .999, 1e-8) : new OptimizerMethod.Sgd(.9, true);
    List<ParameterRule> rules =
        List.of(
            ParameterRule.learningRate(.5, ParameterKind.CLASSIFIER),
            ParameterRule.weightDecay(3, ParameterKind.CLASSIFIER));
    OptimizerSettings following =
        new OptimizerSettings(.1, method, .5)
            .withRules(rules)
            .withDecaySchedule(new DecaySchedule.WithRate(.1));
    ComputationGraph one = SmallNetworks.initialized(definition, 1);
    ComputationGraph other = SmallNetworks.initialized(definition, 1);
    ComputationGraph constant = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(one);
    TrainingStep byHand = TrainingStep.of(other);
    TrainingStep unchanged = TrainingStep.of(constant);
    double[] rates = {.1, .02, .005};
    double[] decays = {.5, .1, .025};
    for (int t = 0; t < rates.length; t++) {
      RandomBatch batch = RandomBatch.of(definition, 8, t);
      for (TrainingStep each : List.of(step, byHand, unchanged)) {
        each.compute(batch.features(), batch.labels());
      }
      step.update(following.atStep(t + 1, rates[t]));
      byHand.update(
          new OptimizerSettings(rates[t], method, decays[t])
              .withRules(rules)
              .atStep(t + 1, rates[t]));
      unchanged.update(following.withDecaySchedule(DecaySchedule.CONSTANT).atStep(t + 1, rates[t]));
    }

    // Both multiply the same decay by the same rate, but for the rounding of .02/.1.
    assertThat(relativeDistance(one.params(), other.params())).isLessThan(ROUNDING);
    assertThat(relativeDistance(constant.params(), other.params())).isGreaterThan(1e-3);
  }

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void gradientIsTheSlopeOfTheLoss(NetworkDefinition network) {
    checkSlope(network, null);
  }

  @ParameterizedTest
  @MethodSource("mixedNetworks")
  void gradientOfMixedHiddenStatesIsTheSlopeOfTheLoss(NetworkDefinition network) {
    for (int stage = 1; stage <= 2; stage++) {
      checkSlope(network, new HiddenMix(stage, .3, partners(16)));
    }
  }

  static Stream<NetworkDefinition> mixedNetworks() {
    return Stream.of(
        NetworkDefinition.of("vgg-11").withWidth(4),
        SmallNetworks.resNet(),
        SmallNetworks.denseNet(),
        SmallNetworks.wideResNet(),
        SmallNetworks.plain(5));
  }

  /** A permutation that is not its own inverse. */
  private static int[] partners(int images) {
    return IntStream.range(0, images).map(i -> (i + 5) % images).toArray();
  }

  /** With a share of 0 the states behind the stage are those of the partners' images. */
  @ParameterizedTest
  @MethodSource("mixedNetworks")
  void statesWithoutAShareAreThePartners(NetworkDefinition network) {
    int[] partners = partners(8);
    RandomBatch batch = RandomBatch.of(network, 8, 1);
    INDArray swapped = batch.features().ulike();
    for (int i = 0; i < partners.length; i++) {
      swapped
          .get(NDArrayIndex.point(i))
          .assign(batch.features().get(NDArrayIndex.point(partners[i])));
    }
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(network, 1));
    double expected = step.compute(swapped, batch.labels());

    for (int stage = 1; stage <= 2; stage++) {
      assertThat(step.compute(batch.features(), batch.labels(), new HiddenMix(stage, 0, partners)))
          .isCloseTo(expected, within(ROUNDING * expected));
    }
  }

  @Test
  void aMixChangesTheBatchItIsGivenForAndNoOther() {
    NetworkDefinition network = SmallNetworks.resNet();
    RandomBatch batch = RandomBatch.of(network, 8, 1);
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(network, 1));
    double unmixed = step.compute(batch.features(), batch.labels());

    assertThat(step.compute(batch.features(), batch.labels(), new HiddenMix(1, 1, partners(8))))
        .isCloseTo(unmixed, within(ROUNDING * unmixed));
    assertThat(step.compute(batch.features(), batch.labels(), new HiddenMix(1, .5, partners(8))))
        .isNotCloseTo(unmixed, within(10 * ROUNDING));
    assertThat(step.compute(batch.features(), batch.labels())).isEqualTo(unmixed);
  }

  @Test
  void aMixMustFitTheNetworkAndTheBatch() {
    NetworkDefinition network = SmallNetworks.resNet();
    RandomBatch batch = RandomBatch.of(network, 8, 1);
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(network, 1));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> step.compute(batch.features(), batch.labels(), new HiddenMix(9, .5, partners(8))))
        .withMessageStartingWith("Invalid stage: 9 (no layer of the network");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> step.compute(batch.features(), batch.labels(), new HiddenMix(1, .5, partners(7))))
        .withMessage("Invalid mix: 7 partners for 8 images");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HiddenMix(1, .5, new int[] {0, 0}))
        .withMessageStartingWith("Invalid partners: [0, 0]");
  }

  private static void checkSlope(NetworkDefinition network, HiddenMix mix) {
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    TrainingStep step = TrainingStep.of(graph);
    RandomBatch batch = RandomBatch.of(network, 16, 1);
    step.compute(batch.features(), batch.labels(), mix);
    INDArray start = graph.params().dup();
    INDArray gradient = graph.getFlattenedGradients().dup().reshape(start.shape());

    for (Run run : step.groups().runs()) {
      if (run.group() == Group.RUNNING_MEANS || run.group() == Group.RUNNING_VARIANCES) {
        continue;
      }
      INDArray direction = start.ulike().assign(0);
      INDArrayIndex interval = NDArrayIndex.interval(run.from(), run.to());
      direction.get(interval).assign(gradient.get(interval));
      double norm = direction.norm2Number().doubleValue();
      double length = 1e-4 * Math.max(1, start.get(interval).norm2Number().doubleValue());
      double slope = norm / 16;
      direction.muli(length / norm);

      graph.params().assign(start.add(direction));
      double above = step.compute(batch.features(), batch.labels(), mix);
      graph.params().assign(start.sub(direction));
      double below = step.compute(batch.features(), batch.labels(), mix);

      assertThat((above - below) / (2 * length))
          .as("%s %s", network.name(), run)
          .isCloseTo(slope, within(FINITE_DIFFERENCE * slope + FINITE_DIFFERENCE_OF_ZERO));
    }
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void everyFamilyOverfitsATinyBatch(NetworkDefinition network) {
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(network, 1));
    RandomBatch batch = RandomBatch.of(network, 6, 1);
    double first = step.compute(batch.features(), batch.labels());
    // Without batch normalization small networks are slower at it.
    int steps = network.normalization() == Normalization.BATCH ? 60 : 200;
    for (int i = 0; i < steps; i++) {
      step.compute(batch.features(), batch.labels());
      step.update(OptimizerSettings.nesterov(.05, .9, 0));
    }

    assertThat(step.compute(batch.features(), batch.labels())).isLessThan(.1).isLessThan(first);
    assertThat(step.correct()).isEqualTo(6);
  }

  @Test
  void scalarsAndClassifierBiasOfFixupHaveATenthOfTheRateAndNoDecay() {
    NetworkDefinition network = SmallNetworks.resNet().withNormalization(Normalization.FIXUP);
    ComputationGraph graph = SmallNetworks.initialized(network, 1);
    RandomBatch batch = RandomBatch.of(network, 4, 1);
    TrainingStep step = TrainingStep.of(graph);
    String multiplier = "stage1.block1.conv2.scale_scale";
    double scalar = graph.getParam(multiplier).getDouble(0);
    double weight = graph.getParam("stem_W").getDouble(0);
    graph.getParam("classifier_b").putScalar(0, .3);

    step.compute(batch.features(), batch.labels());
    INDArray gradient = graph.getFlattenedGradients().dup();
    step.update(OptimizerSettings.nesterov(.1, 0, .5).withRules(network.optimizerRules()));

    assertThat(scalar - graph.getParam(multiplier).getDouble(0))
        .isCloseTo(.01 * gradient(graph, gradient, multiplier) / 4, within(SINGLE));
    assertThat(.3 - graph.getParam("classifier_b").getDouble(0))
        .isCloseTo(.01 * gradient(graph, gradient, "classifier_b") / 4, within(SINGLE));
    assertThat(weight - graph.getParam("stem_W").getDouble(0))
        .isCloseTo(.1 * (gradient(graph, gradient, "stem_W") / 4 + .5 * weight), within(SINGLE));
  }

  /** The first element of a parameter's gradient. */
  private static double gradient(ComputationGraph graph, INDArray gradient, String parameter) {
    return gradient.getDouble(graph.getParam(parameter).offset() - graph.params().offset());
  }

  /** The networks of the paper at full size, whose parameters NetworksTest counts. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"vgg-19", "resnet-110", "resnet-34", "densenet-100", "wrn-28-10"})
  void theNetworksOfThePaperLearnABatchByHeart(String name) {
    NetworkDefinition network = NetworkDefinition.of(name);
    // At this rate; five times as much sends VGG-19, which normalizes over two images here, astray.
    OptimizerSettings settings = OptimizerSettings.nesterov(.002, .9, 2e-4);
    RandomBatch batch = RandomBatch.of(network, 2, 1);
    try (TrainingStep step = TrainingStep.of(SmallNetworks.initialized(network, 1))) {
      double first = step.compute(batch.features(), batch.labels());
      for (int i = 0; i < 3; i++) {
        step.update(settings);
        step.compute(batch.features(), batch.labels());
      }
      step.update(settings);

      assertThat(step.compute(batch.features(), batch.labels())).isLessThan(first);
    }
  }

  @Test
  void lossOfUniformPredictionsIsTheLogarithmOfTheClasses() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    graph.getParam("classifier_W").assign(0);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);

    double loss = TrainingStep.of(graph).compute(batch.features(), batch.labels());

    assertThat(loss).isCloseTo(Math.log(10), within(SINGLE));
  }

  @Test
  void runningStatisticsMoveATenthTowardsTheBatchs() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    TrainingStep step = TrainingStep.of(graph);
    // What the stem's normalization sees does not depend on other layers.
    INDArray stem = graph.feedForward(batch.features(), 1, false).get("stem").reshape(8 * 8 * 8, 4);

    step.compute(batch.features(), batch.labels());
    step.update(OptimizerSettings.nesterov(.1, .9, 1e-3));

    assertThat(relativeDistance(graph.getParam("stem.bn_mean"), stem.mean(0).mul(.1)))
        .isLessThan(RUNNING_STATISTICS);
    assertThat(relativeDistance(graph.getParam("stem.bn_var"), stem.var(false, 0).mul(.1).add(.9)))
        .isLessThan(RUNNING_STATISTICS);
  }

  @Test
  void velocityContinuesFromWhatIsWrittenIntoIt() {
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    OptimizerSettings settings = OptimizerSettings.nesterov(.1, .9, 1e-3);
    TrainingStep undisturbed = TrainingStep.of(SmallNetworks.initialized(definition, 1));
    undisturbed.compute(batch.features(), batch.labels());
    undisturbed.update(settings);
    TrainingStep resumed = TrainingStep.of(Networks.build(definition));
    FlatParameters.copyFrom(FlatParameters.toBytes(undisturbed.parameters()), resumed.parameters());
    FlatParameters.copyFrom(FlatParameters.toBytes(undisturbed.velocity()), resumed.velocity());

    for (TrainingStep step : List.of(undisturbed, resumed)) {
      step.compute(batch.features(), batch.labels());
      step.update(settings);
    }

    assertThat(FlatParameters.toBytes(resumed.parameters()))
        .isEqualTo(FlatParameters.toBytes(undisturbed.parameters()));
  }

  @Test
  void refusesToUpdateTwiceByOneGradient() {
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(definition, 1));
    RandomBatch batch = RandomBatch.of(definition, 2, 1);
    OptimizerSettings settings = OptimizerSettings.nesterov(.1, .9, 0);
    step.compute(batch.features(), batch.labels());
    step.update(settings);

    assertThatIllegalStateException()
        .isThrownBy(() -> step.update(settings))
        .withMessage("Cannot update parameters: no gradient since the last update");
  }

  @Test
  void refusesLabelsOfAnotherBatch() {
    TrainingStep step = TrainingStep.of(Networks.build(definition));
    RandomBatch two = RandomBatch.of(definition, 2, 1);
    RandomBatch three = RandomBatch.of(definition, 3, 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> step.compute(two.features(), three.labels()))
        .withMessage("Invalid labels: shape [3, 10] for 2 images (must be [images, classes])");
  }

  private static double relativeDistance(INDArray actual, double[] expected) {
    return relativeDistance(actual, Nd4j.createFromArray(expected));
  }

  private static double relativeDistance(INDArray actual, INDArray expected) {
    INDArray a = actual.castTo(DataType.DOUBLE).reshape(-1);
    INDArray b = expected.castTo(DataType.DOUBLE).reshape(-1);
    return a.sub(b).norm2Number().doubleValue() / b.norm2Number().doubleValue();
  }
}
