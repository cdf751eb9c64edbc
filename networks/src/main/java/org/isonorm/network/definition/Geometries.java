package org.isonorm.network.definition;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.isonorm.init.ConvolutionGeometry;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NetworkTopology;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDense;

/** Adds to a topology where each convolution's kernel meets its image. */
final class Geometries {
  private Geometries() {}

  /** The topology with the geometry of every convolution, for the definition's images. */
  static NetworkTopology fill(
      NetworkTopology topology,
      ComputationGraphConfiguration configuration,
      NetworkDefinition definition) {
    InputType image =
        InputType.convolutional(
            definition.imageHeight(),
            definition.imageWidth(),
            definition.imageChannels(),
            CNN2DFormat.NHWC);
    Map<String, InputType> outputs = configuration.getLayerActivationTypes(image);
    List<LayerTopology> layers =
        topology.layers().stream().map(layer -> fill(layer, configuration, outputs)).toList();
    return new NetworkTopology(
        topology.network(), layers, topology.trainedParameters(), topology.branches());
  }

  private static LayerTopology fill(
      LayerTopology layer,
      ComputationGraphConfiguration configuration,
      Map<String, InputType> outputs) {
    LayerVertex vertex = (LayerVertex) configuration.getVertices().get(layer.name());
    String input = configuration.getVertexInputs().get(layer.name()).get(0);
    // DL4J's own layers have none here.
    if (vertex.getLayerConf().getLayer() instanceof ConvolutionLayer convolution
        && (convolution instanceof FastDense || convolution instanceof FastConvolution)
        && outputs.get(input) instanceof InputTypeConvolutional image) {
      return layer.withGeometry(
          convolution instanceof FastDense
              ? ConvolutionGeometry.square(1, 1, 0)
              : geometry(
                  ((FastConvolution) convolution)
                      .shape(1, image.getHeight(), image.getWidth(), image.getChannels())));
    }
    return layer;
  }

  private static ConvolutionGeometry geometry(ConvolutionShape shape) {
    return new ConvolutionGeometry(
        shape.inHeight(),
        shape.inWidth(),
        shape.strideHeight(),
        shape.strideWidth(),
        shape.paddingHeight(),
        shape.paddingWidth(),
        shape.dilationHeight(),
        shape.dilationWidth(),
        shape.extraHeight(),
        shape.extraWidth());
  }
}
