package org.isonorm.network.definition;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * Somebody's DL4J configuration as layers and vertices in an order in which inputs come before
 * their consumers, whether it was a graph or a list of layers.
 *
 * @param input name of the images
 * @param output name of the vertex that yields the probabilities
 */
record OwnGraph(String input, String output, List<Node> nodes) {
  private static final String LIST_INPUT = "images";

  /**
   * A layer or a vertex.
   *
   * @param part the configuration of either
   * @param preprocessor what DL4J does to its input first
   * @param inputs names of what it reads
   */
  record Node(
      String name, Part part, Optional<InputPreProcessor> preprocessor, List<String> inputs) {}

  /** What a node is. */
  sealed interface Part {
    /** A layer. */
    record OfLayer(Layer configuration) implements Part {}

    /** A vertex without a layer. */
    record OfVertex(GraphVertex configuration) implements Part {}
  }

  OwnGraph {
    nodes = List.copyOf(nodes);
  }

  /**
   * Reads what DL4J's {@code toJson} writes.
   *
   * @throws IllegalArgumentException in one sentence, if it is something else
   */
  static OwnGraph parse(String json) {
    JsonNode tree = tree(json);
    try {
      if (tree.has("vertices")) {
        return of(ComputationGraphConfiguration.fromJson(json));
      }
      if (tree.has("confs")) {
        return of(MultiLayerConfiguration.fromJson(json));
      }
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      throw invalid("DL4J cannot read it: " + firstLine(e), e);
    }
    throw invalid(
        "it holds neither vertices nor confs, as DL4J's ComputationGraphConfiguration and MultiLayerConfiguration do",
        null);
  }

  private static JsonNode tree(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw invalid("it is not JSON: " + firstLine(e), e);
    }
  }

  /**
   * The same drawing, all of whose batch normalization moves its running statistics at one rate.
   *
   * @param json as above
   * @param rate share of a batch's mean and variance in the running ones, in (0, 1]
   */
  static String withStatisticsRate(String json, double rate) {
    JsonNode tree = tree(json);
    for (JsonNode part : tree.findParents("decay")) {
      if (part.path("@class").asText().equals(BatchNormalization.class.getName())) {
        ((ObjectNode) part).put("decay", 1 - rate);
      }
    }
    return tree.toString();
  }

  /** The nodes of a graph. */
  static OwnGraph of(ComputationGraphConfiguration graph) {
    if (graph.getNetworkInputs().size() != 1 || graph.getNetworkOutputs().size() != 1) {
      throw invalid(
          String.format(
              Locale.ROOT,
              "%d inputs and %d outputs (must be one each)",
              graph.getNetworkInputs().size(),
              graph.getNetworkOutputs().size()),
          null);
    }
    String input = graph.getNetworkInputs().get(0);
    Map<String, Node> nodes = new LinkedHashMap<>();
    graph
        .getVertices()
        .forEach(
            (name, vertex) ->
                nodes.put(
                    name,
                    node(name, vertex, graph.getVertexInputs().getOrDefault(name, List.of()))));
    return new OwnGraph(input, graph.getNetworkOutputs().get(0), sorted(input, nodes));
  }

  private static Node node(String name, GraphVertex vertex, List<String> inputs) {
    return vertex instanceof LayerVertex layer
        ? new Node(
            name,
            new Part.OfLayer(layer.getLayerConf().getLayer()),
            Optional.ofNullable(layer.getPreProcessor()),
            inputs)
        : new Node(name, new Part.OfVertex(vertex), Optional.empty(), inputs);
  }

  /** The layers one after the other; one without a name is called by its number. */
  static OwnGraph of(MultiLayerConfiguration list) {
    List<Node> nodes = new ArrayList<>();
    String before = LIST_INPUT;
    for (int i = 0; i < list.getConfs().size(); i++) {
      Layer layer = list.getConf(i).getLayer();
      String name = layer.getLayerName() == null ? Integer.toString(i) : layer.getLayerName();
      nodes.add(
          new Node(
              name,
              new Part.OfLayer(layer),
              Optional.ofNullable(list.getInputPreProcess(i)),
              List.of(before)));
      before = name;
    }
    return new OwnGraph(LIST_INPUT, before, nodes);
  }

  /** Each as early as its inputs allow, else in the order given. */
  private static List<Node> sorted(String input, Map<String, Node> nodes) {
    List<Node> order = new ArrayList<>();
    Set<String> there = new TreeSet<>(Set.of(input));
    Map<String, Node> left = new LinkedHashMap<>(nodes);
    while (!left.isEmpty()) {
      Optional<Node> next =
          left.values().stream()
              .filter(node -> !node.inputs().isEmpty() && there.containsAll(node.inputs()))
              .findFirst();
      if (next.isEmpty()) {
        throw invalid("nothing feeds " + String.join(", ", left.keySet()), null);
      }
      left.remove(next.get().name());
      there.add(next.get().name());
      order.add(next.get());
    }
    return order;
  }

  /**
   * The outputs of the last layer; empty where it takes as many as there are classes.
   *
   * @throws IllegalArgumentException if it is no output layer
   */
  OptionalInt classes() {
    for (Node node : nodes) {
      if (node.name().equals(output)
          && node.part() instanceof Part.OfLayer layer
          && layer.configuration() instanceof BaseOutputLayer classifier) {
        return classifier.getNOut() == 0
            ? OptionalInt.empty()
            : OptionalInt.of(Math.toIntExact(classifier.getNOut()));
      }
    }
    throw invalid(output + " at its end is no OutputLayer, which says the classes", null);
  }

  /**
   * The name of the activation function that most of its layers have, of several the first: what
   * initialization reckons with unless told otherwise.
   */
  String activation() {
    Map<String, Long> counts =
        nodes.stream()
            .filter(node -> !node.name().equals(output))
            .flatMap(node -> activation(node.part()).stream())
            .filter(name -> !name.equals(StockActivations.IDENTITY))
            .collect(
                Collectors.groupingBy(name -> name, LinkedHashMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(StockActivations.IDENTITY);
  }

  private static Optional<String> activation(Part part) {
    if (!(part instanceof Part.OfLayer layer)) {
      return Optional.empty();
    }
    if (layer.configuration() instanceof ActivationLayer activation) {
      return StockActivations.name(activation.getActivationFn());
    }
    // DL4J's batch normalization keeps a function that it does not compute.
    return layer.configuration() instanceof BaseLayer base && !(base instanceof BatchNormalization)
        ? StockActivations.name(base.getActivationFn())
        : Optional.empty();
  }

  /** The nodes that read each, by its name. */
  Map<String, List<Node>> readers() {
    Map<String, List<Node>> readers = new HashMap<>();
    for (Node node : nodes) {
      node.inputs().forEach(in -> readers.computeIfAbsent(in, name -> new ArrayList<>()).add(node));
    }
    return readers;
  }

  static IllegalArgumentException invalid(String why, Throwable cause) {
    return new IllegalArgumentException("Invalid network definition: " + why, cause);
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse("").strip();
  }
}
