package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.isonorm.network.layer.ResidualNetwork.batch;
import static org.isonorm.network.layer.ResidualNetwork.copyParameters;
import static org.isonorm.network.layer.ResidualNetwork.distance;
import static org.isonorm.network.layer.ResidualNetwork.gradient;
import static org.isonorm.network.layer.ResidualNetwork.parameters;
import static org.isonorm.network.layer.ResidualNetwork.values;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * The layers in whole networks: right gradients, DL4J's conventions, saved and restored, side by
 * side, for long.
 */
class FastLayersTest {
  /** A tenth of a mean of some hundred float32, summed in another order. */
  private static final float RUNNING_MEAN = 1e-6f;

  /** The same of squares, next to .9. */
  private static final float RUNNING_VARIANCE = 1e-5f;

  /**
   * Two ways to compute a network in float32, as a share of the largest value: some 1e-6 a layer,
   * more where ReLU lets through in one what it stops in the other.
   */
  private static final double NETWORK_TOLERANCE = 2e-4;

  /**
   * A gradient of a network this shallow in float32 against double precision, as a share of the
   * largest element.
   */
  private static final double GRADIENT_TOLERANCE = 2e-5;

  /**
   * A central difference of a float32 loss near 1.5 that moves by 2e-3: rounding gives 1e-4, the
   * pre-activations that cross ReLU's kink on the way some 1e-3.
   */
  private static final double DIFFERENCE_TOLERANCE = 1e-2;

  @AfterEach
  void clear() {
    System.clearProperty(KernelProvider.PROPERTY);
  }

  private static ComputationGraph network(String kernel) {
    System.setProperty(KernelProvider.PROPERTY, kernel);
    return ResidualNetwork.fast();
  }

  /**
   * The network in double precision, of DL4J's own layers, is where central differences are exact:
   * with steps this small hardly any pre-activation crosses ReLU's kink.
   */
  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void gradientsAreDerivativesOfTheLoss(String kernel) {
    ComputationGraph graph = network(kernel);
    ComputationGraph exact = ResidualNetwork.stock();
    copyParameters(graph, exact);
    exact = exact.convertDataType(DataType.DOUBLE);
    DataSet batch = batch(16, 1);
    DataSet exactBatch =
        new DataSet(
            batch.getFeatures().castTo(DataType.DOUBLE), batch.getLabels().castTo(DataType.DOUBLE));
    Map<String, float[]> gradient = gradient(graph, batch);
    Map<String, float[]> exactGradient = gradient(exact, exactBatch);
    int checked = 0;
    for (Map.Entry<String, float[]> entry : gradient.entrySet()) {
      String name = entry.getKey();
      boolean statistic = name.endsWith("_mean") || name.endsWith("_var");
      // Batch normalization takes away what a bias before it adds, so the stem's gradient is
      // rounding alone.
      if (statistic || name.equals("stem_b")) {
        continue;
      }
      assertThat(distance(entry.getValue(), exactGradient.get(name)))
          .as(name)
          .isLessThan(GRADIENT_TOLERANCE);

      INDArray parameter = exact.getParam(name);
      INDArray start = parameter.dup();
      INDArray direction =
          Nd4j.createFromArray(entry.getValue())
              .castTo(DataType.DOUBLE)
              .reshape('c', parameter.shape())
              .divi(16);
      double norm = direction.norm2Number().doubleValue();
      double step = 1e-7 / norm;
      direction.divi(norm);
      parameter.addi(direction.mul(step));
      double ahead = loss(exact, exactBatch);
      parameter.assign(start).subi(direction.mul(step));
      double behind = loss(exact, exactBatch);
      parameter.assign(start);
      assertThat((ahead - behind) / (2 * step))
          .as(name)
          .isCloseTo(norm, within(GRADIENT_TOLERANCE * norm));
      checked++;
    }
    // Six convolutions' weights, six scales and shifts, the classifier's weights and bias.
    assertThat(checked).isEqualTo(6 + 2 * 6 + 2);
  }

  /** The same in float32 alone, as far as that can tell. */
  @Test
  void gradientsAreDerivativesOfTheLossInFloat() {
    ComputationGraph graph = ResidualNetwork.fast();
    DataSet batch = batch(16, 1);
    for (String name :
        List.of("stem_W", "a1_W", "a2_W", "b1_W", "bs_W", "b2.bn_gamma", "b2.bn_beta")) {
      INDArray parameter = graph.getParam(name);
      INDArray start = parameter.dup();
      INDArray direction =
          Nd4j.createFromArray(gradient(graph, batch).get(name))
              .reshape('c', parameter.shape())
              .divi(16);
      double norm = direction.norm2Number().doubleValue();
      double step = 1e-3 / norm;
      direction.divi(norm);
      parameter.addi(direction.mul(step));
      double ahead = loss(graph, batch);
      parameter.assign(start).subi(direction.mul(step));
      double behind = loss(graph, batch);
      parameter.assign(start);
      assertThat((ahead - behind) / (2 * step))
          .as(name)
          .isCloseTo(norm, within(DIFFERENCE_TOLERANCE * norm));
    }
  }

  /** The mean loss without L2. */
  private static double loss(ComputationGraph graph, DataSet batch) {
    gradient(graph, batch);
    return graph.score() - graph.calcRegularizationScore(true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j"})
  void kernelsGiveTheSameGradients(String kernel) {
    DataSet batch = batch(7, 2);
    Map<String, float[]> expected = gradient(network("reference"), batch);
    Map<String, float[]> actual = gradient(network(kernel), batch);
    assertThat(distance(actual, expected)).isLessThan(NETWORK_TOLERANCE);
  }

  @Test
  void trainsAsStockLayersDo() {
    ComputationGraph fast = ResidualNetwork.fast();
    ComputationGraph stock = ResidualNetwork.stock();
    copyParameters(stock, fast);
    for (int step = 0; step < 4; step++) {
      DataSet batch = batch(step == 3 ? 5 : 8, 10 + step);
      assertThat(distance(gradient(fast, batch), gradient(stock, batch)))
          .isLessThan(NETWORK_TOLERANCE);
      assertThat(fast.score()).isCloseTo(stock.score(), within(NETWORK_TOLERANCE));
      fast.fit(batch);
      stock.fit(batch);
      assertThat(distance(parameters(fast), parameters(stock))).isLessThan(NETWORK_TOLERANCE);
    }
    INDArray images = batch(6, 3).getFeatures();
    assertThat(distance(values(fast.outputSingle(images)), values(stock.outputSingle(images))))
        .isLessThan(NETWORK_TOLERANCE);
    assertThat(fast.score(batch(6, 3)))
        .isCloseTo(stock.score(batch(6, 3)), within(NETWORK_TOLERANCE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void aDivergedNetworkHasNoFiniteLoss(String kernel) {
    for (String weights : List.of("stem_W", "a1_W", "b1_W", "bs_W", "b2_W")) {
      for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        ComputationGraph graph = network(kernel);
        graph.getParam(weights).putScalar(0, value);
        DataSet batch = batch(4, 1);
        gradient(graph, batch);
        assertThat(graph.score()).as(weights + " " + value).isNaN();
      }
    }
  }

  @Test
  void inferenceUsesRunningStatistics() {
    ComputationGraph graph = ResidualNetwork.fast();
    graph.fit(batch(8, 1));
    INDArray images = batch(1, 2).getFeatures();
    float[] alone = values(graph.outputSingle(images));
    DataSet many = batch(9, 3);
    many.getFeatures()
        .tensorAlongDimension(4, 1, 2, 3)
        .assign(images.tensorAlongDimension(0, 1, 2, 3));
    assertThat(distance(values(graph.outputSingle(many.getFeatures()).getRow(4)), alone))
        .isLessThan(NETWORK_TOLERANCE);

    graph.getLayer("a1.bn").getParam("var").muli(4);
    assertThat(distance(values(graph.outputSingle(images)), alone))
        .isGreaterThan(100 * NETWORK_TOLERANCE);
  }

  @Test
  void runningStatisticsMoveATenthOfTheWayToTheBatchs() {
    ComputationGraph graph = ResidualNetwork.fast();
    DataSet batch = batch(8, 1);
    INDArray before = graph.feedForward(batch.getFeatures(), true).get("stem");
    INDArray rows = before.reshape('c', before.length() / 6, 6);
    float[] mean = rows.mean(0).toFloatVector();
    float[] variance = rows.var(false, 0).toFloatVector();
    graph.fit(batch);
    float[] runningMean = graph.getLayer("stem.bn").getParam("mean").toFloatVector();
    float[] runningVariance = graph.getLayer("stem.bn").getParam("var").toFloatVector();
    for (int c = 0; c < 6; c++) {
      assertThat(runningMean[c]).isCloseTo(0.1f * mean[c], within(RUNNING_MEAN));
      assertThat(runningVariance[c]).isCloseTo(0.9f + 0.1f * variance[c], within(RUNNING_VARIANCE));
    }
  }

  @Test
  void sharedGradientsStayRightWhereInputsHaveSeveralConsumers() {
    ComputationGraph fast = ResidualNetwork.tangled(true);
    ComputationGraph stock = ResidualNetwork.tangled(false);
    copyParameters(fast, stock);
    DataSet batch = batch(4, 5);
    assertThat(distance(gradient(fast, batch), gradient(stock, batch)))
        .isLessThan(NETWORK_TOLERANCE);
  }

  @Test
  void workspacesChangeNothing() {
    ComputationGraph with = ResidualNetwork.fast();
    ComputationGraph without = ResidualNetwork.fastWithoutWorkspaces();
    for (int step = 0; step < 3; step++) {
      with.fit(batch(8 - step, step));
      without.fit(batch(8 - step, step));
    }
    assertThat(values(with.params())).isEqualTo(values(without.params()));
    INDArray images = batch(3, 9).getFeatures();
    assertThat(values(with.outputSingle(images))).isEqualTo(values(without.outputSingle(images)));
  }

  @Test
  void aPermutedInputIsCopied() {
    ComputationGraph graph = ResidualNetwork.fast();
    INDArray images = batch(4, 1).getFeatures();
    INDArray channelsFirst = images.permute(0, 3, 1, 2).dup('c');
    assertThat(values(graph.outputSingle(channelsFirst.permute(0, 2, 3, 1))))
        .isEqualTo(values(graph.outputSingle(images)));
  }

  @Test
  void aSavedModelAnswersTheSame() throws Exception {
    ComputationGraph graph = ResidualNetwork.fast();
    graph.fit(batch(8, 1));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph restored =
        ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(file.toByteArray()), true);

    assertThat(restored.getConfiguration()).isEqualTo(graph.getConfiguration());
    assertThat(restored.getLayer("stem")).isInstanceOf(FastConvolutionLayer.class);
    assertThat(restored.getVertex("a")).isInstanceOf(AddReluVertex.class);
    INDArray images = batch(5, 2).getFeatures();
    assertThat(values(restored.outputSingle(images))).isEqualTo(values(graph.outputSingle(images)));

    graph.fit(batch(8, 3));
    restored.fit(batch(8, 3));
    assertThat(values(restored.params())).isEqualTo(values(graph.params()));
  }

  @Test
  void configurationsSurviveJsonJavaSerializationAndCloning() throws Exception {
    ComputationGraphConfiguration conf = ResidualNetwork.fastConfiguration();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(conf);
    }
    Object deserialized;
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      deserialized = in.readObject();
    }
    List<ComputationGraphConfiguration> copies =
        List.of(
            ComputationGraphConfiguration.fromJson(conf.toJson()),
            (ComputationGraphConfiguration) deserialized,
            conf.clone());
    DataSet batch = batch(4, 1);
    ComputationGraph graph = ResidualNetwork.fast();
    Map<String, float[]> expected = gradient(graph, batch);
    for (ComputationGraphConfiguration copy : copies) {
      assertThat(copy).isEqualTo(conf);
      ComputationGraph twin = new ComputationGraph(copy);
      twin.init();
      twin.setParams(graph.params());
      assertThat(distance(gradient(twin, batch), expected)).isZero();
    }
  }

  @Test
  void configurationsDifferByTheirOwnSettings() {
    FastConvolution with = FastConvolution.builder().in(3).out(4).kernel(3).build();
    FastConvolution without =
        FastConvolution.builder().in(3).out(4).kernel(3).inputGradient(false).build();
    assertThat(with).isEqualTo(with.clone()).isNotEqualTo(without);
    assertThat(with).hasSameHashCodeAs(with.clone());
    assertThat(FastBatchNormalization.linear())
        .isEqualTo(FastBatchNormalization.linear().clone())
        .isNotEqualTo(FastBatchNormalization.withRelu());
    assertThat(FastPooling.max(2, 2))
        .isEqualTo(FastPooling.max(2, 2))
        .isNotEqualTo(FastPooling.average(2, 2));
  }

  @Test
  void replicasSideBySideTrainAsOneAfterTheOther() throws Exception {
    List<float[]> oneAfterTheOther = new ArrayList<>();
    for (int replica = 0; replica < 2; replica++) {
      oneAfterTheOther.add(trained(replica));
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<float[]>> sideBySide = new ArrayList<>();
      for (int replica = 0; replica < 2; replica++) {
        int seed = replica;
        sideBySide.add(threads.submit(() -> trained(seed)));
      }
      for (int replica = 0; replica < 2; replica++) {
        assertThat(sideBySide.get(replica).get()).isEqualTo(oneAfterTheOther.get(replica));
      }
    } finally {
      threads.shutdown();
    }
  }

  private static float[] trained(int seed) {
    ComputationGraph graph = ResidualNetwork.fast();
    for (int step = 0; step < 20; step++) {
      graph.fit(batch(6 + step % 3, 100L * seed + step));
    }
    return values(graph.params());
  }

  /**
   * Kernels that were never released would take 220 MB in this time; the rest of the heap and the
   * allocator's swings some tens.
   */
  @Tag("long")
  @Test
  void memoryOutsideTheHeapStaysBounded() throws Exception {
    assertThat(MemoryProbe.grownBytes()).isLessThan(140L << 20);
  }

  @Test
  void whatTheKernelsDoNotDoIsRefused() {
    FastConvolution dropping = FastConvolution.builder().out(4).kernel(3).build();
    dropping.setIDropout(new org.deeplearning4j.nn.conf.dropout.Dropout(0.5));
    assertThatThrownBy(() -> single(dropping, DataType.FLOAT))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported dropout or weight noise in layer only (add a DropoutLayer before it instead)");
    assertThatThrownBy(() -> single(FastBatchNormalization.linear(), DataType.DOUBLE))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported data type DOUBLE in layer only (the fast layers compute in FLOAT)");
  }

  @Test
  void imagesOfAnotherLayoutAreRefused() {
    ComputationGraph graph = ResidualNetwork.fast();
    INDArray channelsFirst = batch(2, 1).getFeatures().permute(0, 3, 1, 2).dup('c');
    assertThatThrownBy(() -> graph.outputSingle(channelsFirst))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid input of layer stem: shape [2, 3, 10, 10] (must be [batch, height, width, 3])");
  }

  private static ComputationGraph single(Layer layer, DataType dataType) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .dataType(dataType)
                .graphBuilder()
                .addInputs("images")
                .setInputTypes(InputType.convolutional(4, 4, 3, CNN2DFormat.NHWC))
                .addLayer("only", layer, "images")
                .addLayer("mean", new FastGlobalAveragePooling(), "only")
                .addLayer(
                    "loss",
                    new LossLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .build(),
                    "mean")
                .setOutputs("loss")
                .build());
    graph.init();
    return graph;
  }
}
