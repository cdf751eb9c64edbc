package org.isonorm.network.step;

import java.util.Arrays;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.network.layer.SoftmaxOutputLayer;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.network.plan.StepPlan.BatchLoss;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes with DL4J's own layers what compiled plans compute with the fast ones. */
final class StockGraph {
  private final ComputationGraph graph;

  private StockGraph(ComputationGraph graph) {
    this.graph = graph;
  }

  static StockGraph of(ComputationGraph graph) {
    return new StockGraph(graph);
  }

  /**
   * A graph of the same layers with other parameters.
   *
   * @param parameters laid out as the graph's; what is written into it counts
   */
  static StockGraph twin(ComputationGraph graph, INDArray parameters) {
    ComputationGraph twin = new ComputationGraph(graph.getConfiguration().clone());
    twin.init(parameters, /* cloneParametersArray= */ false);
    return new StockGraph(twin);
  }

  /** Leaves the gradients of a batch in the graph; its layers draw their dropout by the seeds. */
  BatchLoss gradients(INDArray features, INDArray labels, DropoutSeeds seeds) {
    Nd4j.getRandom().setSeed(Arrays.hashCode(seeds.ofExamples()));
    graph.setInput(0, features);
    graph.setLabels(labels);
    graph.computeGradientAndScore();
    SoftmaxOutputLayer output = (SoftmaxOutputLayer) graph.getOutputLayer(0);
    BatchLoss loss = new BatchLoss(output.meanLoss(), output.correct());
    graph.clear();
    return loss;
  }

  /** Probabilities [N, classes] of images. */
  INDArray output(INDArray images) {
    return graph.outputSingle(false, images);
  }

  /** The same before the softmax. */
  INDArray logits(INDArray images) {
    String output = graph.getConfiguration().getNetworkOutputs().get(0);
    String before = graph.getConfiguration().getVertexInputs().get(output).get(0);
    INDArray features = graph.feedForward(images, false).get(before);
    SoftmaxOutputLayer classifier = (SoftmaxOutputLayer) graph.getOutputLayer(0);
    INDArray weights = classifier.getParam(DefaultParamInitializer.WEIGHT_KEY);
    INDArray logits = features.dup('c').reshape('c', images.size(0), weights.size(0)).mmul(weights);
    return classifier.hasBias()
        ? logits.addRowVector(classifier.getParam(DefaultParamInitializer.BIAS_KEY))
        : logits;
  }
}
