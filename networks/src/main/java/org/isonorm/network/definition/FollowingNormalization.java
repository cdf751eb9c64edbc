package org.isonorm.network.definition;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.isonorm.init.Activation;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.SubsamplePad;
import org.nd4j.linalg.activations.impl.ActivationIdentity;

/** Where batch normalization follows a layer of a configuration. */
public final class FollowingNormalization {
  private final Map<String, GraphVertex> vertices;
  private final Map<String, List<String>> consumers;

  public FollowingNormalization(ComputationGraphConfiguration configuration) {
    vertices = configuration.getVertices();
    consumers =
        configuration.getVertexInputs().entrySet().stream()
            .flatMap(vertex -> vertex.getValue().stream().map(in -> Map.entry(in, vertex.getKey())))
            .collect(
                Collectors.groupingBy(
                    Map.Entry::getKey,
                    Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
  }

  /**
   * Whether what a layer puts out meets batch normalization before any nonlinearity, on every way
   * to the output of the network. On the way it may be concatenated, pooled, subsampled, convolved
   * or added to other layers' outputs: every convolution of a DenseNet is followed, its stem
   * included, and so is every one of a wide residual net, whose sums are normalized at the head of
   * each later block. In a DenseNet the network's output then does not change with the scale of any
   * one filter; where outputs are summed first, it does not change with the scale that all summands
   * share.
   */
  boolean follows(String layer) {
    List<String> next = consumers.getOrDefault(layer, List.of());
    return !next.isEmpty()
        && !activates(vertices.get(layer))
        && next.stream().allMatch(this::normalizes);
  }

  /**
   * Whether the network's output stays the same when all weights of a convolution are multiplied by
   * any c > 0: what it puts out is normalized without being added to other layers' outputs.
   */
  public boolean followsAlone(String layer) {
    List<String> next = consumers.getOrDefault(layer, List.of());
    return !next.isEmpty()
        && !activates(vertices.get(layer))
        && next.stream()
            .allMatch(
                vertex -> isNormalization(vertex) || (keepsScale(vertex) && followsAlone(vertex)));
  }

  /**
   * Whether the network's output stays the same when scale and shift of a batch normalization are
   * multiplied by any c > 0: only functions that pass a factor on and convolutions that {@link
   * #followsAlone} take what it puts out.
   */
  public boolean forgetsScaleOf(String normalization) {
    List<String> next = consumers.getOrDefault(normalization, List.of());
    return !next.isEmpty()
        && passesFactorOn(vertices.get(normalization))
        && next.stream().allMatch(this::forgetsScaleOfInput);
  }

  private boolean forgetsScaleOfInput(String vertex) {
    if (vertices.get(vertex) instanceof LayerVertex layerVertex) {
      Layer layer = layerVertex.getLayerConf().getLayer();
      if (layer instanceof ConvolutionLayer) {
        return followsAlone(vertex);
      }
      if (layer instanceof FastPooling
          || layer instanceof FastActivation
          || layer instanceof FastDropout) {
        return forgetsScaleOf(vertex);
      }
    }
    return keepsScale(vertex) && forgetsScaleOf(vertex);
  }

  /** Whether the vertex's own activation maps c x to c times what it maps x to, for c > 0. */
  private static boolean passesFactorOn(GraphVertex vertex) {
    if (vertex instanceof LayerVertex layerVertex
        && layerVertex.getLayerConf().getLayer() instanceof FastActivation activation) {
      return Activation.named(activation.getFunction()).negativeSlope().isPresent();
    }
    return !activates(vertex);
  }

  private boolean isNormalization(String vertex) {
    return vertices.get(vertex) instanceof LayerVertex layerVertex
        && layerVertex.getLayerConf().getLayer() instanceof BatchNormalization;
  }

  /**
   * Whether the vertex only rearranges, averages, drops or takes the largest of its inputs' values:
   * c > 0 times them is c times what it puts out.
   */
  private boolean keepsScale(String vertex) {
    GraphVertex configuration = vertices.get(vertex);
    return configuration instanceof Concatenate
        || configuration instanceof SubsamplePad
        || configuration instanceof MergeVertex
        || (configuration instanceof LayerVertex layerVertex
            && (layerVertex.getLayerConf().getLayer() instanceof FastPooling
                || layerVertex.getLayerConf().getLayer() instanceof FastDropout));
  }

  /** Whether a vertex ends with an activation function of its own, as DL4J's layers may. */
  private static boolean activates(GraphVertex vertex) {
    return vertex instanceof LayerVertex layerVertex
        && layerVertex.getLayerConf().getLayer() instanceof BaseLayer layer
        && layer.getActivationFn() != null
        && !(layer.getActivationFn() instanceof ActivationIdentity);
  }

  private boolean normalizes(String vertex) {
    return isNormalization(vertex) || (isLinear(vertex) && follows(vertex));
  }

  private boolean isLinear(String vertex) {
    GraphVertex configuration = vertices.get(vertex);
    return keepsScale(vertex)
        || configuration instanceof Add
        || (configuration instanceof ElementWiseVertex sum
            && sum.getOp() == ElementWiseVertex.Op.Add)
        || (configuration instanceof LayerVertex layerVertex
            && layerVertex.getLayerConf().getLayer() instanceof ConvolutionLayer);
  }
}
