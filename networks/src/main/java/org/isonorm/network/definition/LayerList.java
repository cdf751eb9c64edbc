package org.isonorm.network.definition;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Draws a network from a list of its layers, a text each, such as {@code conv 32 3x3 /2}. The
 * classifier comes by itself. Layers are named by kind and number: {@code conv1}, {@code bn1},
 * {@code relu1}, {@code conv2}.
 */
final class LayerList {
  private static final String INPUT = "images";
  private static final String CLASSIFIER = "classifier";
  private static final String SHORTCUT = "shortcut";

  /** The channels of the images, whatever they are. */
  private static final int UNKNOWN = 0;

  private static final Pattern CONVOLUTION =
      Pattern.compile("conv (?<out>\\d+) (?<height>\\d+)x(?<width>\\d+)(?: /(?<stride>\\d+))?");

  private static final Pattern POOLING =
      Pattern.compile("(?<type>max|avg)-pool (?<height>\\d+)x(?<width>\\d+)(?: /(?<stride>\\d+))?");

  private static final Pattern DENSE = Pattern.compile("dense (?<out>\\d+)");
  private static final Pattern DROPOUT = Pattern.compile("dropout (?<probability>[0-9.]+)");

  private static final String FORMS =
      "conv CHANNELS HEIGHTxWIDTH [/STRIDE], bn, an activation such as relu, max-pool or avg-pool HEIGHTxWIDTH [/STRIDE], residual … sum, dropout PROBABILITY, global-pool, dense UNITS";

  /** DL4J's functions that have a fast form, by the names that the rules know them by. */
  private static final Map<String, Activation> ACTIVATIONS = activations();

  private final GraphBuilder graph =
      GraphDraft.settings()
          .convolutionMode(ConvolutionMode.Same)
          .activation(Activation.IDENTITY)
          .graphBuilder()
          .addInputs(INPUT);

  private final Map<String, Integer> numbers = new HashMap<>();
  private final Deque<Block> blocks = new ArrayDeque<>();
  private String last = INPUT;
  private int channels = UNKNOWN;
  private boolean flat;

  private LayerList() {}

  /** A residual block that has begun: what it reads, and what happened since. */
  private static final class Block {
    private final String input;
    private final int channels;
    private int stride = 1;
    private boolean normalized;

    Block(String input, int channels) {
      this.input = input;
      this.channels = channels;
    }
  }

  /**
   * The configuration of a network of these layers and a classifier of as many outputs as the data
   * set has classes.
   *
   * @throws IllegalArgumentException in one sentence, with the layer that is wrong
   */
  static ComputationGraphConfiguration configuration(List<String> layers) {
    LayerList list = new LayerList();
    layers.forEach(layer -> list.add(layer.strip().replaceAll("\\s+", " ")));
    return list.end();
  }

  private static Map<String, Activation> activations() {
    Map<String, Activation> byName = new HashMap<>();
    for (Activation function : Activation.values()) {
      if (function != Activation.IDENTITY) {
        stock(function).ifPresent(name -> byName.putIfAbsent(name, function));
      }
    }
    return Map.copyOf(byName);
  }

  private static Optional<String> stock(Activation function) {
    try {
      return StockActivations.name(function.getActivationFunction());
    } catch (UnsupportedOperationException e) {
      return Optional.empty(); // one of parameters
    }
  }

  private void add(String layer) {
    Matcher match = CONVOLUTION.matcher(layer);
    if (match.matches()) {
      convolution(layer, match);
    } else if (layer.equals("bn")) {
      append("bn", new BatchNormalization());
      blocks.forEach(block -> block.normalized = true);
    } else if (ACTIVATIONS.containsKey(layer)) {
      append(layer, new ActivationLayer(ACTIVATIONS.get(layer)));
    } else if ((match = POOLING.matcher(layer)).matches()) {
      pooling(layer, match);
    } else if ((match = DROPOUT.matcher(layer)).matches()) {
      dropout(layer, match);
    } else if ((match = DENSE.matcher(layer)).matches()) {
      flatten(layer);
      append("dense", new DenseLayer.Builder().nOut(positive(layer, match, "out")).build());
    } else if (layer.equals("global-pool")) {
      flatten(layer);
      append("pool", new GlobalPoolingLayer(PoolingType.AVG));
    } else if (layer.equals("residual")) {
      spatial(layer);
      blocks.push(new Block(last, channels));
    } else if (layer.equals("sum")) {
      sum(layer);
    } else {
      throw invalid(layer, "must be one of " + FORMS);
    }
  }

  private void convolution(String layer, Matcher match) {
    spatial(layer);
    int stride = stride(layer, match, 1);
    channels = positive(layer, match, "out");
    append("conv", convolution(channels, kernel(layer, match), new int[] {stride, stride}));
    blocks.forEach(block -> block.stride *= stride);
  }

  private static ConvolutionLayer convolution(int out, int[] kernel, int[] stride) {
    return new ConvolutionLayer.Builder(kernel, stride).nOut(out).hasBias(false).build();
  }

  private void pooling(String layer, Matcher match) {
    spatial(layer);
    int[] kernel = kernel(layer, match);
    if (match.group("stride") == null && kernel[0] != kernel[1]) {
      throw invalid(layer, "must say its stride, as in " + layer + " /2");
    }
    int stride = stride(layer, match, kernel[0]);
    SubsamplingLayer.PoolingType type =
        match.group("type").equals("max")
            ? SubsamplingLayer.PoolingType.MAX
            : SubsamplingLayer.PoolingType.AVG;
    append("pool", new SubsamplingLayer.Builder(type, kernel, new int[] {stride, stride}).build());
    blocks.forEach(block -> block.stride *= stride);
  }

  private void dropout(String layer, Matcher match) {
    double probability;
    try {
      probability = Double.parseDouble(match.group("probability"));
    } catch (NumberFormatException e) {
      throw invalid(layer, "must be dropout PROBABILITY, as in dropout 0.5");
    }
    if (probability <= 0 || probability >= 1) {
      throw invalid(layer, "its probability to be dropped must be in (0, 1)");
    }
    // DL4J's number is the probability to be kept.
    append("dropout", new DropoutLayer(1 - probability));
  }

  /** Adds what the block read to what it made: by a 1×1 convolution where their shapes differ. */
  private void sum(String layer) {
    if (blocks.isEmpty()) {
      throw invalid(layer, "ends no block; must come after residual");
    }
    Block block = blocks.pop();
    if (block.input.equals(last)) {
      throw invalid(layer, "ends a block without layers");
    }
    String shortcut = block.input;
    if (block.channels != channels || block.stride != 1) {
      String name = name(SHORTCUT);
      graph.addLayer(
          name,
          convolution(channels, new int[] {1, 1}, new int[] {block.stride, block.stride}),
          shortcut);
      shortcut = name;
      if (block.normalized) {
        graph.addLayer(name + ".bn", new BatchNormalization(), name);
        shortcut = name + ".bn";
      }
    }
    String name = name("sum");
    graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), last, shortcut);
    last = name;
  }

  private ComputationGraphConfiguration end() {
    if (!blocks.isEmpty()) {
      throw invalid("residual", "a block that begins must end with sum");
    }
    if (!flat) {
      throw new IllegalArgumentException(
          "Invalid layers: they end with an image (must have global-pool or dense UNITS before the classifier, which comes by itself)");
    }
    return graph
        .addLayer(
            CLASSIFIER,
            new OutputLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build(),
            last)
        .setOutputs(CLASSIFIER)
        .build();
  }

  private void append(String kind, Layer layer) {
    String name = name(kind);
    graph.addLayer(name, layer, last);
    last = name;
  }

  /** The next name of a kind. */
  private String name(String kind) {
    return kind + numbers.merge(kind, 1, Integer::sum);
  }

  /** Refuses what takes an image where there is none any more. */
  private void spatial(String layer) {
    if (flat) {
      throw invalid(layer, "must come before global-pool and dense, which leave no image");
    }
  }

  private void flatten(String layer) {
    if (!blocks.isEmpty()) {
      throw invalid(layer, "must come after the residual block's sum");
    }
    if (layer.equals("global-pool")) {
      spatial(layer);
    }
    flat = true;
  }

  private static int[] kernel(String layer, Matcher match) {
    return new int[] {positive(layer, match, "height"), positive(layer, match, "width")};
  }

  private static int stride(String layer, Matcher match, int otherwise) {
    return match.group("stride") == null ? otherwise : positive(layer, match, "stride");
  }

  private static int positive(String layer, Matcher match, String group) {
    String text = match.group(group);
    // No image and no layer is larger; a product of two is still an int.
    if (text.length() > 5 || Integer.parseInt(text) < 1) {
      throw invalid(layer, "its numbers must be from 1 to 99999");
    }
    return Integer.parseInt(text);
  }

  private static IllegalArgumentException invalid(String layer, String requirement) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "Invalid layers: '%s' (%s)", layer, requirement));
  }
}
