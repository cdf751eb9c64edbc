package org.isonorm.network.export;

import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The weights of a network's last layer as other systems know them: [classes, features] of features
 * that are flattened images [channels, height, width]. Ours are [features, classes] of flattened
 * images [height, width, channels].
 *
 * @param ours in the graph
 * @param channels of the images the layer reads; as many as features behind a global pooling
 */
record Classifier(INDArray ours, long channels) implements StoredTensor {

  /**
   * The classifier of a graph.
   *
   * @param vertex its name
   */
  static Classifier of(ComputationGraph graph, String vertex) {
    INDArray weights = graph.getLayer(vertex).getParam(DefaultParamInitializer.WEIGHT_KEY);
    return new Classifier(
        weights,
        graph.getConfiguration().getVertices().get(vertex) instanceof LayerVertex conf
                && conf.getPreProcessor() instanceof CnnToFeedForwardPreProcessor images
            ? images.getNumChannels()
            : weights.size(0));
  }

  private long features() {
    return ours.size(0);
  }

  long classes() {
    return ours.size(1);
  }

  @Override
  public long[] shape() {
    return new long[] {classes(), features()};
  }

  @Override
  public NamedTensor named(String name) {
    INDArray permuted =
        ours.dup('c').reshape('c', features() / channels, channels, classes()).permute(2, 1, 0);
    return NamedTensor.of(name, permuted, shape());
  }

  @Override
  public void take(float[] theirs) {
    INDArray permuted =
        Nd4j.createFromArray(theirs)
            .reshape('c', classes(), channels, features() / channels)
            .permute(2, 1, 0);
    ours.assign(permuted.dup('c').reshape('c', features(), classes()));
  }
}
