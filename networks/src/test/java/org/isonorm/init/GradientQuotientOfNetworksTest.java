package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.tuning.GraphGradients;
import org.isonorm.network.tuning.TuningBatches;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** MetaInit's quotient of whole networks against PyTorch's autograd in float64. */
class GradientQuotientOfNetworksTest {
  private static final double EPSILON = 1e-5;
  private static final int EXAMPLES = 4;
  private static final int CLASSES = 10;

  /** Of curved activations, relative to the largest: products in float64, differenced once. */
  private static final double CURVED = 1e-7;

  /** Of lines, whose products with the Hessian are in float32. */
  private static final double LINES = 1e-5;

  @ParameterizedTest
  @CsvSource({
    "plain-4, tanh",
    "plain-9, tanh",
    "plain-4, gelu",
    "resnet-8, silu",
    "resnet-8, relu",
  })
  void derivativesAreAutograds(String name, String activation) throws IOException {
    Map<String, Double> expected = golden(name, activation);
    NetworkDefinition definition =
        (name.equals("resnet-8")
                ? SmallNetworks.resNet()
                : SmallNetworks.plain(Integer.parseInt(name.substring("plain-".length()))))
            .withActivation(activation);
    ComputationGraph graph = Networks.build(definition);
    double tolerance = activation.equals("relu") ? LINES : CURVED;
    try (GraphGradients oracle = GraphGradients.of(graph, number -> batch())) {
      List<ParameterTensor> tensors = oracle.tensors();
      double[][] at = tensors.stream().map(this::values).toArray(double[][]::new);
      boolean[] wanted = new boolean[at.length];
      Arrays.fill(wanted, true);

      GradientQuotient quotient = new GradientQuotient(oracle, at, EPSILON, 0);
      double[] derivatives = quotient.logarithmicDerivatives(wanted);

      double value = expected.remove("value");
      assertThat(Math.abs(quotient.value() - value)).isLessThan(tolerance * value);
      double largest = expected.values().stream().mapToDouble(Math::abs).max().orElseThrow();
      assertThat(expected.keySet())
          .containsExactlyInAnyOrderElementsOf(
              tensors.stream().map(ParameterTensor::name).toList());
      for (int i = 0; i < at.length; i++) {
        assertThat(Math.abs(derivatives[i] - expected.get(tensors.get(i).name())))
            .as(tensors.get(i).name())
            .isLessThan(tolerance * largest);
      }
    }
  }

  private double[] values(ParameterTensor tensor) {
    double scale =
        switch (tensor.kind()) {
          case CONVOLUTION -> .3;
          case CLASSIFIER -> .5;
          case SCALE -> .2;
          default -> .1;
        };
    double middle = tensor.kind() == ParameterTensor.Kind.SCALE ? 1 : 0;
    return Arrays.stream(draw(tensor.name(), tensor.size()))
        .map(value -> middle + scale * value)
        .toArray();
  }

  private static TuningBatches.Batch batch() {
    double[] images = draw("images", EXAMPLES * 8 * 8 * 3);
    INDArray labels = Nd4j.zeros(EXAMPLES, CLASSES);
    for (int i = 0; i < EXAMPLES; i++) {
      labels.putScalar(i, 3 * i % CLASSES, 1);
    }
    return new TuningBatches.Batch(
        Nd4j.createFromArray(images).castTo(DataType.FLOAT).reshape('c', EXAMPLES, 8, 8, 3),
        labels);
  }

  /** As make_gradient_quotients.py draws them: numbers of 16 bits in [-1, 1). */
  private static double[] draw(String name, int count) {
    long state = 0;
    for (int i = 0; i < name.length(); i++) {
      state = (31 * state + name.charAt(i)) % (1L << 31);
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      state = (1103515245 * state + 12345) % (1L << 31);
      values[i] = (double) (state >> 15) / (1 << 15) - 1;
    }
    return values;
  }

  private static Map<String, Double> golden(String network, String activation) throws IOException {
    try (InputStream file = GraphGradients.class.getResourceAsStream("gradient-quotients.csv")) {
      Map<String, Double> values = new LinkedHashMap<>();
      for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] cells = line.split(",", -1);
        if (cells[0].equals(network) && cells[1].equals(activation)) {
          values.put(cells[2], Double.valueOf(cells[3]));
        }
      }
      return values;
    }
  }
}
