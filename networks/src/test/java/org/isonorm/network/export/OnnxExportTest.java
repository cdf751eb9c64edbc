package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Activation;
import org.isonorm.network.OwnNetworks;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Exported models in ONNX Runtime beside our own inference. */
class OnnxExportTest {
  /** Of logits, relative to the largest one: float32 sums in another order. */
  private static final double TOLERANCE = 1e-4;

  private static final int IMAGES = 5;

  /** Trained for some steps, so that running statistics are far from 0 and 1. */
  private static ComputationGraph trained(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int i = 0; i < 3; i++) {
        step.compute(batch.features(), batch.labels());
        step.update(OptimizerSettings.nesterov(.01, .9, 0));
      }
    }
    return graph;
  }

  private static byte[] exported(
      NetworkDefinition definition, ComputationGraph graph, OnnxExport.Input input, boolean folded)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OnnxExport.write(
        definition.name(),
        graph,
        size(definition),
        input,
        folded,
        Map.of("classes", "[]"),
        "1",
        out);
    return out.toByteArray();
  }

  private static OnnxExport.Size size(NetworkDefinition definition) {
    return new OnnxExport.Size(
        definition.imageHeight(), definition.imageWidth(), definition.imageChannels());
  }

  private static float[][] run(byte[] model, OnnxTensor images) throws OrtException {
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model);
        OrtSession.Result result = session.run(Map.of("images", images))) {
      return (float[][]) result.get(OnnxExport.LOGITS).orElseThrow().getValue();
    }
  }

  private static void assertSame(float[][] theirs, ComputationGraph graph, INDArray images) {
    try (Inference inference = Inference.of(graph)) {
      INDArray ours = inference.logits(images);
      double largest = ours.amaxNumber().doubleValue();
      assertThat(largest).isGreaterThan(0);
      assertThat(theirs).hasNumberOfRows((int) images.size(0));
      for (int image = 0; image < theirs.length; image++) {
        for (int k = 0; k < theirs[image].length; k++) {
          assertThat((double) theirs[image][k])
              .as("image %d, class %d", image, k)
              .isEqualTo(ours.getDouble(image, k), within(TOLERANCE * largest));
        }
      }
    }
  }

  static Stream<NetworkDefinition> networks() {
    return Stream.concat(
        Stream.concat(
            SmallNetworks.ofEveryFamily(),
            // The classifier of VGG reads several pixels.
            Stream.of(
                SmallNetworks.imagenetResNet(50).withImage(65, 64, 1),
                NetworkDefinition.of("vgg-11").withWidth(4).withImage(64, 96, 3),
                NetworkDefinition.drawn("inception", OwnNetworks.inception(16, 5, 4))
                    .withImage(16, 16, 3),
                NetworkDefinition.drawn("residual", OwnNetworks.residual(CNN2DFormat.NCHW, 10))
                    .withImage(10, 10, 3),
                NetworkDefinition.drawn("lenet", OwnNetworks.lenet(10, 13, 5))
                    .withImage(10, 13, 2))),
        Stream.concat(
                Activation.all().stream().map(Activation::name),
                Stream.of("leaky-relu(.3)", "elu(.5)"))
            .map(SmallNetworks.plain(3)::withActivation));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void runtimeFindsTheSameLogits(NetworkDefinition definition) throws Exception {
    ComputationGraph graph = trained(definition);
    INDArray images = RandomBatch.of(definition, IMAGES, 2).features();
    float[] channelsFirst = images.permute(0, 3, 1, 2).dup('c').data().asFloat();
    long[] shape = {IMAGES, images.size(3), images.size(1), images.size(2)};
    for (boolean folded : new boolean[] {true, false}) {
      byte[] model = exported(definition, graph, new OnnxExport.Input.Normalized(), folded);
      try (OnnxTensor tensor =
          OnnxTensor.createTensor(
              OrtEnvironment.getEnvironment(), FloatBuffer.wrap(channelsFirst), shape)) {
        assertSame(run(model, tensor), graph, images);
      }
    }
  }

  /** One of our own, and one whose layers are called as what surrounds them. */
  static Stream<NetworkDefinition> networksOfPixels() {
    return Stream.of(SmallNetworks.resNet(), calledAsOnnxValues())
        .map(network -> network.withImage(9, 7, 2));
  }

  private static NetworkDefinition calledAsOnnxValues() {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .activation(org.nd4j.linalg.activations.Activation.RELU)
            .graphBuilder()
            .addInputs("pixels");
    String last = "pixels";
    for (String name :
        List.of("mean", "std", "levels", "centred", "normalized", "images", "logits")) {
      graph.addLayer(name, new ConvolutionLayer.Builder(2, 1).nOut(3).build(), last);
      last = name;
    }
    graph.addLayer("channels-first", new GlobalPoolingLayer(PoolingType.AVG), last);
    return NetworkDefinition.drawn(
        "awkward",
        graph
            .addLayer("mean.weight", OwnNetworks.output(4), "channels-first")
            .setOutputs("mean.weight")
            .build());
  }

  @ParameterizedTest
  @MethodSource("networksOfPixels")
  void aModelNormalizesPixels(NetworkDefinition definition) throws Exception {
    ComputationGraph graph = trained(definition);
    byte[] pixels = new byte[IMAGES * 9 * 7 * 2];
    new Random(3).nextBytes(pixels);
    List<Double> mean = List.of(.3, .6);
    List<Double> std = List.of(.2, .25);
    INDArray images = Nd4j.create(DataType.FLOAT, IMAGES, 9, 7, 2);
    for (int i = 0; i < pixels.length; i++) {
      images.data().put(i, ((pixels[i] & 255) / 255. - mean.get(i % 2)) / std.get(i % 2));
    }
    byte[] model = exported(definition, graph, new OnnxExport.Input.Pixels(mean, std), true);
    try (OnnxTensor tensor =
        OnnxTensor.createTensor(
            OrtEnvironment.getEnvironment(),
            ByteBuffer.wrap(pixels),
            new long[] {IMAGES, 9, 7, 2},
            ai.onnxruntime.OnnxJavaType.UINT8)) {
      assertSame(run(model, tensor), graph, images);
    }
  }

  @Test
  void foldedNormalizationIsPartOfTheConvolutionBeforeIt() throws Exception {
    NetworkDefinition definition = SmallNetworks.resNet();
    ComputationGraph graph = trained(definition);
    for (boolean folded : new boolean[] {true, false}) {
      ModelProto model =
          ModelProto.parseFrom(
              exported(definition, graph, new OnnxExport.Input.Normalized(), folded));
      assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(OnnxExport.OPSET);
      assertThat(model.getMetadataPropsList())
          .singleElement()
          .satisfies(entry -> assertThat(entry.getKey()).isEqualTo("classes"));
      assertThat(model.getGraph().getNodeList().stream().map(NodeProto::getOpType))
          .as("folded: %s", folded)
          .filteredOn("BatchNormalization"::equals)
          // Shortcuts of option A have no convolution.
          .hasSize(folded ? 2 : 9);
    }
  }
}
