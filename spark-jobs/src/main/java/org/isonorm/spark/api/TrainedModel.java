package org.isonorm.spark.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.network.step.Inference;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.train.EvaluationJob;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A trained network that knows its classes and how images become its input. Computes on this
 * machine; for several threads, which take turns. Close it to free its memory.
 */
public final class TrainedModel implements AutoCloseable {
  private static final int EVALUATION_BATCH = 100;

  private final Path file;
  private final ModelCard card;
  private final ComputationGraph graph;
  private final Inference inference;
  private final BatchAssembler assembler;

  private TrainedModel(Path file, ModelCard card, ComputationGraph graph) {
    this.file = file;
    this.card = card;
    this.graph = graph;
    this.inference = Inference.of(graph);
    this.assembler = card.assembler();
  }

  /**
   * Loads a model.
   *
   * @param file model.zip of a run's folder, or what {@link #save} wrote
   * @throws IOException in one sentence that names the file, if it is missing or damaged, or was
   *     written before models knew their classes
   */
  public static TrainedModel load(Path file) throws IOException {
    Checkpoint checkpoint = Checkpoint.load(file);
    ModelCard card =
        ModelCard.read(file)
            .orElseThrow(
                () ->
                    new IOException(
                        "Cannot load model %s: it does not say its classes and normalization (take model.zip of a run of this version, not a checkpoint)"
                            .formatted(file)));
    return new TrainedModel(file, card, checkpoint.graph());
  }

  /** The model of a run's folder. */
  public static TrainedModel ofRun(Path folder) throws IOException {
    return load(new RunFolder(folder).model());
  }

  /**
   * Writes the model, which DL4J's {@code ModelSerializer} can read as well.
   *
   * @param target a file that is not there yet
   */
  public void save(Path target) throws IOException {
    Files.copy(file, target);
  }

  /** Names of the classes, in the order of the network's outputs. */
  public List<String> classNames() {
    return card.classNames();
  }

  /** DL4J's graph, which takes [N, height, width, channels] normalized images. */
  public ComputationGraph graph() {
    return graph;
  }

  /**
   * Classifies an image.
   *
   * @param image the bytes of a PNG, JPEG or whatever else ingestion reads; of another size it is
   *     resized to the network's
   * @throws IOException in one sentence, if it is no image
   */
  public Prediction predict(byte[] image) throws IOException {
    return predict(List.of(image)).get(0);
  }

  /** Classifies images in one pass. */
  public List<Prediction> predict(List<byte[]> images) throws IOException {
    if (images.isEmpty()) {
      return List.of();
    }
    int size = card.shape().size();
    float[] features = new float[images.size() * size];
    for (int i = 0; i < images.size(); i++) {
      assembler.normalize(pixels(images.get(i), i + 1), features, i * size);
    }
    long[] shape = {images.size(), card.height(), card.width(), card.channels()};
    List<Prediction> predictions = new ArrayList<>();
    synchronized (inference) {
      try (INDArray input = Nd4j.create(features, shape, 'c');
          INDArray output = inference.output(input)) {
        for (int i = 0; i < images.size(); i++) {
          predictions.add(prediction(output, i));
        }
      }
    }
    return predictions;
  }

  private byte[] pixels(byte[] file, int number) throws IOException {
    String name = "number " + number;
    int side = card.height() == card.width() ? card.height() : 0;
    DecodedImage image =
        DecodedImage.decode(
            file, name, new ImageFileSettings(side, ImageFileSettings.DEFAULT_TEST_FRACTION));
    if (!image.shape().equals(card.shape())) {
      throw new IOException(
          "Cannot classify image %s: it is %d×%d pixels, and the network's are %d×%d"
              .formatted(
                  name,
                  image.shape().width(),
                  image.shape().height(),
                  card.width(),
                  card.height()));
    }
    return image.pixels();
  }

  private Prediction prediction(INDArray output, int row) {
    List<Double> probabilities = new ArrayList<>();
    int best = 0;
    for (int c = 0; c < card.classNames().size(); c++) {
      probabilities.add(output.getDouble(row, c));
      if (probabilities.get(c) > probabilities.get(best)) {
        best = c;
      }
    }
    return new Prediction(card.classNames().get(best), probabilities.get(best), probabilities);
  }

  /**
   * Evaluates the model on the test images of an ingested data set, on the session's executors.
   *
   * @param folder a path or any URI Hadoop reads
   * @throws IllegalArgumentException in one sentence, if the data set has other classes or sizes
   */
  public ModelEvaluation evaluate(String folder, SparkSession spark) throws IOException {
    return ModelEvaluation.of(
        EvaluationJob.run(
            file, folder, EvaluationJob.Examples.TEST, OptionalInt.of(0), EVALUATION_BATCH, spark));
  }

  @Override
  public void close() {
    synchronized (inference) {
      inference.close();
      graph.close();
    }
  }
}
