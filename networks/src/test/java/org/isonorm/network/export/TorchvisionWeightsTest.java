package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.export.TakenTensor.Fate;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.Inference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Files as torchvision's networks leave them, written here name by name, and networks of DL4J's own
 * layers that were given the same numbers.
 */
class TorchvisionWeightsTest {
  /** Of logits, relative to the largest one: float32 sums in another order. */
  private static final double TOLERANCE = 1e-4;

  private static final int CLASSES = 7;
  private static final int IMAGES = 3;

  @TempDir Path folder;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<String, NamedTensor> file = new LinkedHashMap<>();

  /** Where a tensor of the file is in a network of DL4J's own layers: layer and key. */
  private final Map<String, String[]> places = new LinkedHashMap<>();

  private void add(
      String module, String kind, String layer, String key, DoubleSupplier value, int... sizes) {
    long[] shape = Arrays.stream(sizes).asLongStream().toArray();
    float[] values = new float[Arrays.stream(sizes).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value.getAsDouble();
    }
    String name = module + "." + kind;
    file.put(name, new NamedTensor(name, shape, values));
    places.put(name, new String[] {layer, key});
  }

  private void convolution(String module, String layer, int out, int in, int kernel) {
    double deviation = Math.sqrt(2. / (in * kernel * kernel));
    add(
        module,
        "weight",
        layer,
        "W",
        () -> deviation * random.nextGaussian(),
        out,
        in,
        kernel,
        kernel);
  }

  private void normalization(String module, String layer, int channels) {
    add(module, "weight", layer, "gamma", () -> random.nextDouble(.5, 1.5), channels);
    add(module, "bias", layer, "beta", () -> random.nextDouble(-.5, .5), channels);
    add(module, "running_mean", layer, "mean", () -> random.nextDouble(-.5, .5), channels);
    add(module, "running_var", layer, "var", () -> random.nextDouble(.5, 1.5), channels);
  }

  private void linear(String module, int in) {
    add(module, "weight", "classifier", "W", () -> .3 * random.nextGaussian(), CLASSES, in);
    add(module, "bias", "classifier", "b", () -> random.nextDouble(-.5, .5), CLASSES);
  }

  /** torchvision.models.resnet.ResNet. */
  private void resNet(int width, boolean bottlenecks, int... blocks) {
    convolution("conv1", "stem", width, 3, 7);
    normalization("bn1", "stem.bn", width);
    int channels = width;
    for (int stage = 1; stage <= blocks.length; stage++) {
      int inner = width << (stage - 1);
      int outer = bottlenecks ? 4 * inner : inner;
      for (int block = 0; block < blocks[stage - 1]; block++) {
        String module = "layer" + stage + "." + block;
        String layer = "stage" + stage + ".block" + (block + 1);
        int[][] convolutions =
            bottlenecks
                ? new int[][] {{inner, channels, 1}, {inner, inner, 3}, {outer, inner, 1}}
                : new int[][] {{inner, channels, 3}, {inner, inner, 3}};
        for (int i = 1; i <= convolutions.length; i++) {
          int[] sizes = convolutions[i - 1];
          convolution(module + ".conv" + i, layer + ".conv" + i, sizes[0], sizes[1], sizes[2]);
          normalization(module + ".bn" + i, layer + ".conv" + i + ".bn", sizes[0]);
        }
        if (block == 0 && (stage > 1 || bottlenecks)) {
          convolution(module + ".downsample.0", layer + ".shortcut", outer, channels, 1);
          normalization(module + ".downsample.1", layer + ".shortcut.bn", outer);
        }
        channels = outer;
      }
    }
    linear("fc", channels);
  }

  /** torchvision.models.vgg11_bn; its convolutions have biases, its classifier three layers. */
  private void vgg11(int width) {
    int channels = 3;
    int module = 0;
    int[][] stages = {{1}, {2}, {4, 4}, {8, 8}, {8, 8}};
    for (int stage = 1; stage <= stages.length; stage++) {
      for (int i = 1; i <= stages[stage - 1].length; i++) {
        int out = width * stages[stage - 1][i - 1];
        String layer = "stage" + stage + ".conv" + i;
        convolution("features." + module, layer, out, channels, 3);
        add("features." + module, "bias", layer, "b", () -> random.nextDouble(-.5, .5), out);
        normalization("features." + (module + 1), layer + ".bn", out);
        channels = out;
        module += 3;
      }
      module++;
    }
  }

  /** Written as Hugging Face's library does, with the counts that torch keeps. */
  private Path write() throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    ByteBuffer values =
        ByteBuffer.allocate(
                file.values().stream().mapToInt(tensor -> 4 * tensor.values().length).sum() + 8)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (NamedTensor tensor : file.values()) {
      int from = values.position();
      for (float value : tensor.values()) {
        values.putFloat(value);
      }
      header.put(tensor.name(), entry("F32", tensor.shape(), from, values.position()));
    }
    int from = values.position();
    values.putLong(17);
    header.put("bn1.num_batches_tracked", entry("I64", new long[0], from, values.position()));
    byte[] json = new ObjectMapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + values.position()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(values.flip());
    return Files.write(folder.resolve("torchvision.safetensors"), bytes.array());
  }

  private static Map<String, Object> entry(String type, long[] shape, int from, int to) {
    return Map.of("dtype", type, "shape", shape, "data_offsets", new int[] {from, to});
  }

  /** Gives the numbers to a network of DL4J's own layers. */
  private void give(ComputationGraph stock) {
    file.forEach(
        (name, tensor) -> {
          String[] place = places.get(name);
          INDArray values = Nd4j.createFromArray(tensor.values()).reshape('c', tensor.shape());
          INDArray parameter = stock.getLayer(place[0]).getParam(place[1]);
          if (place[1].equals("var") && parameter == null) {
            // DL4J keeps the deviation's logarithm.
            INDArray logarithm = stock.getLayer(place[0]).getParam("log10stdev");
            for (int i = 0; i < values.length(); i++) {
              logarithm.putScalar(i, Math.log10(Math.sqrt(tensor.values()[i])));
            }
          } else if (place[0].equals("classifier") && place[1].equals("W")) {
            parameter.assign(values.transpose());
          } else {
            parameter.assign(values.reshape(parameter.shape()));
          }
        });
  }

  private static void assertSameLogits(
      ComputationGraph graph, ComputationGraph stock, NetworkDefinition definition) {
    INDArray images = RandomBatch.of(definition, IMAGES, 2).features();
    INDArray features =
        stock
            .feedForward(images.permute(0, 3, 1, 2).dup('c'), false)
            .get(stock.getConfiguration().getVertexInputs().get("classifier").get(0));
    INDArray theirs =
        features
            .reshape('c', IMAGES, stock.getLayer("classifier").getParam("W").size(0))
            .mmul(stock.getLayer("classifier").getParam("W"))
            .addRowVector(stock.getLayer("classifier").getParam("b"));
    double largest = theirs.amaxNumber().doubleValue();
    assertThat(theirs.std().getDouble(0)).isGreaterThan(largest / 100);
    try (Inference inference = Inference.of(graph)) {
      assertThat(inference.logits(images).sub(theirs).amaxNumber().doubleValue())
          .isLessThan(TOLERANCE * largest);
    }
  }

  @ParameterizedTest
  @CsvSource({"18, false, 2 2 2 2", "34, false, 3 4 6 3", "50, true, 3 4 6 3"})
  void aResidualNetworkComputesTheSame(int depth, boolean bottlenecks, String blocks)
      throws IOException {
    NetworkDefinition definition = SmallNetworks.imagenetResNet(depth).withClasses(CLASSES);
    resNet(
        definition.width(),
        bottlenecks,
        Arrays.stream(blocks.split(" ")).mapToInt(Integer::parseInt).toArray());
    ComputationGraph graph = Networks.build(definition);

    assertThat(StateDict.put(SafeTensors.read(write()), graph))
        .allSatisfy(tensor -> assertThat(tensor.fate()).as(tensor.name()).isEqualTo(Fate.TAKEN))
        .extracting(TakenTensor::name)
        .containsExactlyInAnyOrderElementsOf(file.keySet());
    assertThat(StateDict.of(graph)).containsExactlyInAnyOrderElementsOf(file.values());
    ComputationGraph stock = Networks.stock(definition, new Sgd(0), 0);
    give(stock);
    assertSameLogits(graph, stock, definition);
  }

  @ParameterizedTest
  @CsvSource({"CLASSIFIER", "ALL"})
  void vggComputesTheSameWithItsBiasesAndWithout(Biases biases) throws IOException {
    NetworkDefinition definition =
        NetworkDefinition.of("vgg-11").withWidth(4).withClasses(CLASSES).withBiases(biases);
    vgg11(definition.width());
    List<NamedTensor> tensors = new ArrayList<>(SafeTensors.read(write()));
    tensors.add(new NamedTensor("classifier.0.weight", new long[] {1, 1}, new float[1]));
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);

    List<TakenTensor> taken = StateDict.put(tensors, graph);

    assertThat(taken)
        .filteredOn(tensor -> tensor.fate() == Fate.TAKEN)
        .extracting(TakenTensor::name)
        .containsExactlyInAnyOrderElementsOf(file.keySet());
    assertThat(taken)
        .filteredOn(tensor -> tensor.fate() != Fate.TAKEN)
        .extracting(TakenTensor::name)
        .containsExactly("classifier.weight", "classifier.bias", "classifier.0.weight");
    ComputationGraph stock = Networks.stock(definition.withBiases(Biases.ALL), new Sgd(0), 0);
    give(stock);
    // It starts by the rule here.
    for (String key : new String[] {"W", "b"}) {
      stock.getLayer("classifier").getParam(key).assign(graph.getLayer("classifier").getParam(key));
    }
    assertSameLogits(graph, stock, definition);
  }

  @Test
  void aBiasThatIsTakenOutOfAMeanSaysSo() {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11").withWidth(4).withClasses(CLASSES);
    vgg11(definition.width());
    file.remove("features.4.weight");
    file.remove("features.5.running_mean");
    ComputationGraph graph = Networks.build(definition);

    assertThat(StateDict.put(List.copyOf(file.values()), graph))
        .contains(
            new TakenTensor(
                "features.0.bias",
                "stage1.conv1",
                false,
                Fate.TAKEN,
                "out of features.1.running_mean: the convolution has no bias here"),
            // There is no mean that it could be taken out of.
            new TakenTensor(
                "features.4.bias", "", false, Fate.LEFT, "the network has no such tensor"));
    float[] bias = file.get("features.0.bias").values();
    float[] mean = file.get("features.1.running_mean").values();
    assertThat(graph.getLayer("stage1.conv1.bn").getParam("mean").getFloat(2))
        .isEqualTo(mean[2] - bias[2]);
  }
}
