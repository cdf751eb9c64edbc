package org.isonorm.network.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.RealizedStatistics;
import org.isonorm.init.WeightShape;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.layer.ScalarAffine;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writes the start of every parameter into a graph. */
public final class GraphInitializer {
  private static final int MATRIX = 2;

  private GraphInitializer() {}

  /**
   * Draws every layer's weights and biases by the plan, each from its own random stream; the scale
   * of batch normalization becomes 1, or 0 where the plan says so, its shift 0, running means 0 and
   * running variances 1; Fixup's scalar multipliers become 1, its scalar biases 0.
   *
   * @return one entry a layer of the plan, in its order
   * @throws IllegalArgumentException if the plan was made for another network
   */
  public static List<RealizedLayer> initialize(
      ComputationGraph graph, InitializationPlan plan, long seed) {
    NetworkTopology topology = Networks.topology(plan.topology().network(), graph);
    if (!topology.equals(plan.topology().withoutGeometry())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid plan: made for %s, whose layers are not those of the graph (plan the graph's own topology)",
              plan.topology().network()));
    }
    for (Layer layer : graph.getLayers()) {
      reset(layer);
    }
    for (String normalization : plan.zeroScales()) {
      graph.getLayer(normalization).getParam(BatchNormalizationParamInitializer.GAMMA).assign(0);
    }
    List<RealizedLayer> realized = new ArrayList<>();
    for (LayerInitialization initialization : plan.layers()) {
      float[] weights = initialization.sample(seed);
      Layer layer = graph.getLayer(initialization.layer().name());
      write(weights, initialization, layer.getParam(DefaultParamInitializer.WEIGHT_KEY));
      if (initialization.layer().bias()) {
        INDArray bias = layer.getParam(DefaultParamInitializer.BIAS_KEY);
        bias.assign(
            Nd4j.createFromArray(initialization.sampleBias(seed)).reshape('c', bias.shape()));
      }
      realized.add(new RealizedLayer(initialization, RealizedStatistics.of(weights)));
    }
    return realized;
  }

  /**
   * As {@link #initialize(ComputationGraph, InitializationPlan, long)}, of a network that is a list
   * of layers; a layer without a name is called by its number.
   *
   * @throws UnsupportedOperationException if a layer other than convolutions, dense layers, batch
   *     normalization and the output layer has parameters
   */
  public static List<RealizedLayer> initialize(
      MultiLayerNetwork network, Initialization initialization, long seed) {
    ComputationGraph graph = network.toComputationGraph();
    List<RealizedLayer> realized =
        initialize(
            graph,
            InitializationPlan.of(Networks.topology("network", graph), initialization),
            seed);
    network.setParams(graph.params());
    return realized;
  }

  private static void reset(Layer layer) {
    if (layer.conf().getLayer() instanceof BatchNormalization normalization) {
      if (!normalization.isLockGammaBeta()) {
        layer.getParam(BatchNormalizationParamInitializer.GAMMA).assign(1);
        layer.getParam(BatchNormalizationParamInitializer.BETA).assign(0);
      }
      layer.getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN).assign(0);
      if (normalization.isUseLogStd()) {
        layer.getParam(BatchNormalizationParamInitializer.GLOBAL_LOG_STD).assign(0);
      } else {
        layer.getParam(BatchNormalizationParamInitializer.GLOBAL_VAR).assign(1);
      }
    } else if (layer.numParams() > 0) {
      layer.params().assign(0);
      if (layer.conf().getLayer() instanceof ScalarAffine scalars && scalars.isMultiplied()) {
        layer.getParam(ScalarAffine.MULTIPLIER).assign(1);
      }
    }
  }

  private static void write(
      float[] weights, LayerInitialization initialization, INDArray parameter) {
    WeightShape shape = initialization.layer().shape();
    if (parameter.rank() == MATRIX) {
      // The plan's dense layout is [out, in], DL4J's is [in, out].
      parameter.assign(
          Nd4j.createFromArray(weights).reshape('c', shape.out(), shape.in()).transpose());
    } else {
      parameter.assign(Nd4j.createFromArray(weights).reshape('c', parameter.shape()));
    }
  }
}
