package org.isonorm.network.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.LayerKind;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.WeightShape;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.kernel.GarbageArrays;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDense;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.TrainingStep;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** Builds the DL4J graph of a definition and reads a graph's topology. */
public final class Networks {
  private Networks() {}

  /**
   * The graph to train with {@link TrainingStep}: allocated, every weight 0 until {@link
   * GraphInitializer} fills it. It takes [N, height, width, channels] images and gives [N, classes]
   * probabilities. DL4J's own updater is stateless and its rate 0, so that {@code fit} leaves the
   * weights alone.
   */
  public static ComputationGraph build(NetworkDefinition definition) {
    return build(definition, new Sgd(0), 0);
  }

  /**
   * The same graph for DL4J's own {@code fit}, as the stock engine uses.
   *
   * @param updater DL4J's optimizer
   * @param l2 coefficient on the weights of convolutions and classifier, added to the gradient
   *     before the updater
   */
  public static ComputationGraph build(NetworkDefinition definition, IUpdater updater, double l2) {
    GarbageArrays.keepWhileUsed();
    ComputationGraph graph = new ComputationGraph(configuration(definition, updater, l2));
    graph.init();
    return graph;
  }

  /**
   * The same network of DL4J's own layers, started by He's rule, to compare with. It takes [N,
   * channels, height, width] images. Its shortcuts that change size are projections ({@link
   * Shortcut#B}), since DL4J has no layer that pads channels.
   */
  public static ComputationGraph stock(NetworkDefinition definition, IUpdater updater, double l2) {
    NetworkDefinition drawn =
        definition.shortcut() == Shortcut.NONE ? definition : definition.withShortcut(Shortcut.B);
    GarbageArrays.keepWhileUsed();
    ComputationGraph graph =
        new ComputationGraph(configuration(drawn, new StockDraft(drawn, updater, l2)));
    graph.init();
    return graph;
  }

  /**
   * The topology of a definition's graph, without allocating parameters; with the geometry of every
   * convolution. A layer counts as batch normalized if its output meets batch normalization before
   * any nonlinearity on every way to the network's output, directly or concatenated, averaged,
   * subsampled, convolved or added to others: true of every convolution of networks that have batch
   * normalization, stems included.
   */
  public static NetworkTopology topology(NetworkDefinition definition) {
    ComputationGraphConfiguration configuration = configuration(definition);
    return Geometries.fill(topology(definition.name(), configuration), configuration, definition);
  }

  /**
   * The topology of a graph that has been built or restored, under that name; without geometry,
   * since a graph does not keep the size of its images. Any DL4J graph will do, whether of these
   * layers or DL4J's own.
   *
   * @throws UnsupportedOperationException if a layer other than convolutions, dense layers, batch
   *     normalization and the output layer has parameters
   */
  public static NetworkTopology topology(String network, ComputationGraph graph) {
    return topology(network, graph.getConfiguration());
  }

  /**
   * The parameters of a definition's graph, layer by layer in the order they were added, without
   * allocating them: where they lie is not told.
   */
  public static List<Parameter> parameters(NetworkDefinition definition) {
    List<Parameter> parameters = new ArrayList<>();
    configuration(definition)
        .getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layerVertex) {
                Layer layer = layerVertex.getLayerConf().getLayer();
                for (String key : layer.initializer().paramKeys(layer)) {
                  parameters.add(new Parameter(name, ParameterLayout.kind(layer, key), 0, 0, 1));
                }
              }
            });
    return parameters;
  }

  /** Whether training drops values of a network. */
  public static boolean hasDropout(ComputationGraphConfiguration configuration) {
    return configuration.getVertices().values().stream()
        .anyMatch(
            vertex ->
                vertex instanceof LayerVertex layer
                    && layer.getLayerConf().getLayer() instanceof FastDropout);
  }

  public static ComputationGraphConfiguration configuration(NetworkDefinition definition) {
    return configuration(definition, new Sgd(0), 0);
  }

  /**
   * The layers of a definition's graph that patterns freeze.
   *
   * @throws IllegalArgumentException as {@link FrozenLayers#check} does
   */
  public static FrozenLayers frozen(NetworkDefinition definition, List<String> patterns) {
    if (patterns.isEmpty()) {
      return FrozenLayers.NONE;
    }
    FrozenLayers frozen = new FrozenLayers(patterns);
    frozen.check(parameters(definition), definition.name());
    return frozen;
  }

  private static ComputationGraphConfiguration configuration(
      NetworkDefinition definition, IUpdater updater, double l2) {
    return definition.family() == NetworkFamily.OWN
        ? own(definition, updater, l2)
        : configuration(definition, new GraphDraft(definition, updater, l2));
  }

  private static ComputationGraphConfiguration own(
      NetworkDefinition definition, IUpdater updater, double l2) {
    OwnGraph graph = definition.ownGraph();
    try {
      return Translation.of(graph, definition, updater, l2);
    } catch (UnsupportedOperationException e) {
      if (!definition.fallback()) {
        throw e;
      }
      return Fallback.of(graph, definition, updater, l2);
    }
  }

  /** Whether a definition's network computes with DL4J's own layers. */
  public static boolean fallsBack(NetworkDefinition definition) {
    return definition.fallback() && ChannelsFirst.isIn(configuration(definition));
  }

  private static ComputationGraphConfiguration configuration(
      NetworkDefinition definition, GraphDraft draft) {
    switch (definition.family()) {
      case VGG -> Vgg.draw(definition, draft);
      case CIFAR_RESNET, RESNET_34, IMAGENET_RESNET -> ResNet.draw(definition, draft);
      case DENSENET -> DenseNet.draw(definition, draft);
      case WIDE_RESNET -> WideResNet.draw(definition, draft);
      case PLAIN -> PlainNet.draw(definition, draft);
      case FAST_94, FAST_95, FAST_96 -> FastNet.draw(definition, draft);
      case OWN ->
          throw new UnsupportedOperationException(
              String.format(
                  Locale.ROOT,
                  "Unsupported network of DL4J's own layers: %s (leave out the peers)",
                  definition.name()));
    }
    return draft.build();
  }

  private static NetworkTopology topology(
      String network, ComputationGraphConfiguration configuration) {
    List<LayerTopology> layers = new ArrayList<>();
    long trainedParameters = 0;
    FollowingNormalization normalization = new FollowingNormalization(configuration);
    // A configuration lists its vertices in the order they were added, inputs before consumers.
    for (Map.Entry<String, ?> vertex : configuration.getVertices().entrySet()) {
      if (!(vertex.getValue() instanceof LayerVertex layerVertex)) {
        continue;
      }
      String name = vertex.getKey();
      Layer layer = layerVertex.getLayerConf().getLayer();
      trainedParameters += layer.initializer().numParams(layer);
      if (layer instanceof BatchNormalization statistics) {
        trainedParameters -= 2 * statistics.getNOut(); // running mean and variance
      } else if (layer instanceof ConvolutionLayer convolution) {
        layers.add(
            new LayerTopology(
                name,
                LayerKind.CONVOLUTION,
                weightShape(convolution),
                convolution.hasBias(),
                normalization.follows(name)));
      } else if (layer instanceof DenseLayer dense) {
        layers.add(
            new LayerTopology(
                name,
                LayerKind.CONVOLUTION,
                WeightShape.dense(
                    Math.toIntExact(dense.getNOut()), Math.toIntExact(dense.getNIn())),
                dense.hasBias(),
                normalization.follows(name)));
      } else if (layer instanceof BaseOutputLayer classifier) {
        layers.add(
            new LayerTopology(
                name,
                LayerKind.CLASSIFIER,
                WeightShape.dense(
                    Math.toIntExact(classifier.getNOut()), Math.toIntExact(classifier.getNIn())),
                classifier.hasBias(),
                normalization.follows(name)));
      } else if (!(layer instanceof ScalarAffine) && layer.initializer().numParams(layer) > 0) {
        throw new UnsupportedOperationException(
            String.format(
                Locale.ROOT,
                "Unsupported layer: %s (%s) has parameters, and plans know those of convolutions, dense layers, batch normalization and the output layer",
                name,
                layer.getClass().getSimpleName()));
      }
    }
    return new NetworkTopology(
        network, layers, trainedParameters, ResidualBranches.of(configuration));
  }

  private static WeightShape weightShape(ConvolutionLayer convolution) {
    if (convolution instanceof FastDense dense) {
      return dense.denseShape();
    }
    return convolution instanceof FastConvolution fast
        ? fast.weightShape()
        : WeightShape.convolution(
            Math.toIntExact(convolution.getNOut()),
            Math.toIntExact(convolution.getNIn()),
            convolution.getKernelSize()[0],
            convolution.getKernelSize()[1]);
  }
}
