package org.isonorm.spark.train;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastGlobalAveragePooling;
import org.isonorm.network.layer.SoftmaxOutput;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterGroups.Run;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks and minibatches small enough to train thousands of times. */
public final class TinyNetworks {
  static final int CLASSES = 3;
  private static final int PIXELS = 6;
  private static final int CHANNELS = 3;

  private TinyNetworks() {}

  /** A convolution, ReLU, global average pool and classifier: examples do not touch each other. */
  public static ComputationGraph plain(IUpdater updater, double l2) {
    return build(updater, l2, false);
  }

  /** The same for our own step. */
  public static ComputationGraph plain() {
    return plain(new Sgd(0), 0);
  }

  /** The same with batch normalization. */
  public static ComputationGraph normalized() {
    return build(new Sgd(0), 0, true);
  }

  private static ComputationGraph build(IUpdater updater, double l2, boolean normalize) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(updater)
            .l2(l2)
            .weightInit(WeightInit.RELU)
            .activation(Activation.IDENTITY)
            .graphBuilder()
            .addInputs("images")
            .setInputTypes(InputType.convolutional(PIXELS, PIXELS, CHANNELS, CNN2DFormat.NHWC))
            .addLayer(
                "convolution",
                FastConvolution.builder()
                    .kernel(3)
                    .padding(1)
                    .out(8)
                    .bias(true)
                    .inputGradient(false)
                    .build(),
                "images");
    if (normalize) {
      graph.addLayer("normalization", FastBatchNormalization.withRelu(), "convolution");
    } else {
      graph.addLayer("normalization", new FastActivation("relu"), "convolution");
    }
    graph
        .addLayer("pool", new FastGlobalAveragePooling(), "normalization")
        .addLayer("classifier", new SoftmaxOutput(CLASSES, true), "pool")
        .setOutputs("classifier");
    ComputationGraph built = new ComputationGraph(graph.build());
    built.init();
    return built;
  }

  /** Minibatches of random images and labels. */
  public static List<DataSet> batches(int count, int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<DataSet> batches = new ArrayList<>();
    for (int b = 0; b < count; b++) {
      float[] images = new float[size * PIXELS * PIXELS * CHANNELS];
      float[] labels = new float[size * CLASSES];
      for (int i = 0; i < images.length; i++) {
        images[i] = (float) random.nextGaussian();
      }
      for (int i = 0; i < size; i++) {
        labels[i * CLASSES + random.nextInt(CLASSES)] = 1;
      }
      batches.add(
          new DataSet(
              Nd4j.create(images, new long[] {size, PIXELS, PIXELS, CHANNELS}, 'c'),
              Nd4j.create(labels, new long[] {size, CLASSES}, 'c')));
    }
    return batches;
  }

  /** Minibatches joined pairwise: those one machine sees that two workers share. */
  public static List<DataSet> joined(List<DataSet> one, List<DataSet> other) {
    List<DataSet> joined = new ArrayList<>();
    for (int b = 0; b < one.size(); b++) {
      joined.add(DataSet.merge(List.of(one.get(b), other.get(b))));
    }
    return joined;
  }

  /** The trained parameters of a graph: all but running statistics. */
  public static double[] trained(ComputationGraph graph) {
    double[] all = graph.params().toDoubleVector();
    return ParameterGroups.of(graph).runs().stream()
        .filter(run -> run.group() == Group.WEIGHTS || run.group() == Group.UNDECAYED)
        .flatMapToDouble(
            run ->
                java.util.Arrays.stream(
                    all, Math.toIntExact(run.from()), Math.toIntExact(run.to())))
        .toArray();
  }

  /** One group of a graph's parameters. */
  public static double[] group(ComputationGraph graph, Group group) {
    double[] all = graph.params().toDoubleVector();
    List<Run> runs = ParameterGroups.of(graph).runs(group);
    return runs.stream()
        .flatMapToDouble(
            run ->
                java.util.Arrays.stream(
                    all, Math.toIntExact(run.from()), Math.toIntExact(run.to())))
        .toArray();
  }

  /** The largest difference between two vectors, relative to the largest value of the second. */
  public static double relativeDifference(double[] actual, double[] expected) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference / largest;
  }

  static double[] copy(INDArray array) {
    return array.toDoubleVector();
  }
}
