package org.isonorm.network.definition;

import java.util.Locale;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.isonorm.network.definition.OwnGraph.Node;
import org.isonorm.network.definition.OwnGraph.Part;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.network.layer.SoftmaxOutput;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Draws somebody's graph with DL4J's own layers, but for the output, which is the project's own:
 * slow, and for whatever layers DL4J has. What a layer says of its start, updater and
 * regularization is not read here either.
 */
final class Fallback {
  private final OwnGraph graph;
  private final NetworkDefinition definition;
  private final GraphBuilder builder;

  private Fallback(OwnGraph graph, NetworkDefinition definition, IUpdater updater, double l2) {
    this.graph = graph;
    this.definition = definition;
    this.builder = GraphDraft.builder(definition, updater, l2, CNN2DFormat.NHWC, graph.input());
  }

  /**
   * The graph for the definition's images and classes.
   *
   * @throws UnsupportedOperationException if a layer has weights that no rule starts, or a
   *     constraint; names it
   * @throws IllegalArgumentException if the graph does not fit the images or the classes
   */
  static ComputationGraphConfiguration of(
      OwnGraph graph, NetworkDefinition definition, IUpdater updater, double l2) {
    return new Fallback(graph, definition, updater, l2).configuration();
  }

  private ComputationGraphConfiguration configuration() {
    String images = graph.input() + ".channels-first";
    builder.addVertex(images, new PreprocessorVertex(new ChannelsFirst()), graph.input());
    for (Node node : graph.nodes()) {
      String[] inputs =
          node.inputs().stream()
              .map(input -> input.equals(graph.input()) ? images : input)
              .toArray(String[]::new);
      if (node.part() instanceof Part.OfVertex vertex) {
        builder.addVertex(node.name(), vertex.configuration().clone(), inputs);
        continue;
      }
      Layer layer = layer(node, ((Part.OfLayer) node.part()).configuration());
      InputPreProcessor preprocessor =
          node.preprocessor()
              .filter(each -> !(each instanceof FeedForwardToCnnPreProcessor))
              .orElse(null);
      builder.addLayer(node.name(), layer, preprocessor, inputs);
    }
    try {
      return builder.setOutputs(graph.output()).build();
    } catch (RuntimeException e) {
      throw OwnGraph.invalid("DL4J does not take it: " + e.getMessage(), e);
    }
  }

  private Layer layer(Node node, Layer drawn) {
    if (node.name().equals(graph.output())) {
      if (drawn.getClass() != OutputLayer.class) {
        throw Translation.unsupportedOutput(node, drawn);
      }
      OutputLayer output = (OutputLayer) drawn;
      Translation.checkOutput(node, output, definition);
      SoftmaxOutput classifier = new SoftmaxOutput(definition.classes(), output.hasBias());
      classifier.setIDropout(output.getIDropout());
      return classifier;
    }
    if (drawn.getConstraints() != null && !drawn.getConstraints().isEmpty()) {
      throw unsupported(node, "a constraint of its parameters");
    }
    boolean plain =
        drawn.getClass() == ConvolutionLayer.class || drawn.getClass() == Convolution2D.class;
    if (drawn instanceof ConvolutionLayer && !plain) {
      throw unsupported(node, "weights of a " + drawn.getClass().getSimpleName());
    }
    if ((drawn instanceof ConvolutionLayer convolution
            && convolution.getCnn2dDataFormat() == CNN2DFormat.NHWC)
        || (drawn instanceof SubsamplingLayer pooling
            && pooling.getCnn2dDataFormat() == CNN2DFormat.NHWC)) {
      throw unsupported(node, "images of format NHWC (draw it for NCHW)");
    }
    Layer layer = drawn.clone();
    if (layer instanceof BaseLayer base) {
      base.setIUpdater(null);
      base.setBiasUpdater(null);
      base.setRegularization(null);
      base.setRegularizationBias(null);
      base.setWeightInitFn(null);
    }
    if (layer instanceof BatchNormalization normalization) {
      normalization.setUseLogStd(false);
    }
    return layer;
  }

  private static UnsupportedOperationException unsupported(Node node, String what) {
    return new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported layer: %s (network.fallback = dl4j does not take %s)",
            node.name(),
            what));
  }
}
