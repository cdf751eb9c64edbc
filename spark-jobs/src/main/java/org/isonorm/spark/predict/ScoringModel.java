package org.isonorm.spark.predict;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelCard;

/**
 * A model as executors get it. Created on the driver; serialized to executors, best by a broadcast:
 * the parameters cross as bulk bytes.
 */
public final class ScoringModel implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Tells models apart that one executor scores with. */
  private final String id = UUID.randomUUID().toString();

  private final ModelCard card;
  private final String network;
  private final byte[] parameters;
  private final long maxPixels;
  private final TestTimeAugmentation augmentation;

  private ScoringModel(
      ModelCard card,
      String network,
      byte[] parameters,
      long maxPixels,
      TestTimeAugmentation augmentation) {
    this.card = card;
    this.network = network;
    this.parameters = parameters;
    this.maxPixels = maxPixels;
    this.augmentation = augmentation;
  }

  /**
   * Loads a model.
   *
   * @param file model.zip of a run's folder, on any file system
   * @throws IOException in one sentence that names the file, if it is missing or damaged, or does
   *     not say its classes and normalization
   */
  public static ScoringModel load(Path file) throws IOException {
    ComputationGraph graph = Checkpoint.load(file).graph();
    try {
      return of(ModelCard.require(file), graph);
    } finally {
      GraphMemory.free(graph);
    }
  }

  /** A graph of {@code Networks.build} with its parameters as they are now. */
  public static ScoringModel of(ModelCard card, ComputationGraph graph) {
    return new ScoringModel(
        card,
        graph.getConfiguration().toJson(),
        FlatParameters.toBytes(graph.params()),
        ImageFileSettings.DEFAULT_MAX_PIXELS,
        TestTimeAugmentation.NONE);
  }

  /**
   * The same for image files of up to so many pixels, which are decoded before they are resized.
   */
  public ScoringModel withMaxPixels(long pixels) {
    return new ScoringModel(card, network, parameters, pixels, augmentation);
  }

  /** The same with scores by the mean of the logits over these views of each image. */
  public ScoringModel withTestTimeAugmentation(TestTimeAugmentation views) {
    return new ScoringModel(card, network, parameters, maxPixels, views);
  }

  TestTimeAugmentation augmentation() {
    return augmentation;
  }

  long maxPixels() {
    return maxPixels;
  }

  /** What the model needs images to be, and its classes. */
  public ModelCard card() {
    return card;
  }

  /** Names of the classes, in the order of the scores. */
  public List<String> classNames() {
    return card.classNames();
  }

  String id() {
    return id;
  }

  /** Images of a full batch. */
  int batch() {
    return ResidentModel.batch(card.assembler().featuresPerExample());
  }

  /** The network with its parameters. */
  ComputationGraph graph() {
    ComputationGraph graph = new ComputationGraph(ComputationGraphConfiguration.fromJson(network));
    graph.init();
    FlatParameters.copyFrom(parameters, graph.params());
    return graph;
  }
}
