package org.isonorm.network.export;

import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network's last layer as other systems know it. */
final class Classifier {
  private Classifier() {}

  /**
   * The weights [classes, features] of features that are flattened images [channels, height,
   * width]; ours are [features, classes] of flattened images [height, width, channels].
   *
   * @param vertex the classifier's
   */
  static NamedTensor weights(String name, ComputationGraph graph, String vertex) {
    INDArray weights = graph.getLayer(vertex).getParam(DefaultParamInitializer.WEIGHT_KEY);
    long features = weights.size(0);
    long classes = weights.size(1);
    long channels =
        graph.getConfiguration().getVertices().get(vertex) instanceof LayerVertex conf
                && conf.getPreProcessor() instanceof CnnToFeedForwardPreProcessor images
            ? images.getNumChannels()
            : features;
    INDArray permuted =
        weights.dup('c').reshape('c', features / channels, channels, classes).permute(2, 1, 0);
    return NamedTensor.of(name, permuted, classes, features);
  }
}
