package org.isonorm.spark.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.spark.export.ExportRequest;
import org.isonorm.spark.export.ModelExport;
import org.isonorm.spark.predict.LocalScorer;
import org.isonorm.spark.predict.RawImage;
import org.isonorm.spark.predict.Score;
import org.isonorm.spark.predict.ScoringModel;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.train.EvaluationJob;

/**
 * A trained network that knows its classes and how images become its input. Computes on this
 * machine; for several threads, which take turns. Close it to free its memory.
 */
public final class TrainedModel implements AutoCloseable {
  private static final int EVALUATION_BATCH = 100;

  private final Path file;
  private final LocalScorer scorer;
  private final TestTimeAugmentation augmentation;

  private TrainedModel(Path file, LocalScorer scorer, TestTimeAugmentation augmentation) {
    this.file = file;
    this.scorer = scorer;
    this.augmentation = augmentation;
  }

  /**
   * Loads a model.
   *
   * @param file model.zip of a run's folder, or what {@link #save} wrote
   * @throws IOException in one sentence that names the file, if it is missing or damaged, or was
   *     written before models knew their classes
   */
  public static TrainedModel load(Path file) throws IOException {
    return load(file, TestTimeAugmentation.NONE);
  }

  /**
   * Loads a model that predicts by the mean over views of each image, and whose evaluation says
   * what that gives.
   *
   * @throws IOException as {@link #load(Path)}
   */
  public static TrainedModel load(Path file, TestTimeAugmentation augmentation) throws IOException {
    ScoringModel model = ScoringModel.load(file).withTestTimeAugmentation(augmentation);
    return new TrainedModel(file, LocalScorer.of(model), augmentation);
  }

  /** The model of a run's folder. */
  public static TrainedModel ofRun(Path folder) throws IOException {
    return load(RunFolder.open(folder).trainedModel());
  }

  /**
   * Writes the model, which DL4J's {@code ModelSerializer} can read as well.
   *
   * @param target a file that is not there yet
   */
  public void save(Path target) throws IOException {
    Files.copy(file, target);
  }

  /**
   * Writes the model for other systems, as {@code isonorm export} does by its defaults: an ONNX
   * model that reads uint8 [N, height, width, channels], or weights as safetensors.
   *
   * @param target a file that is not there yet and ends in .onnx or .safetensors
   * @throws IllegalArgumentException in one sentence, if it is there or ends otherwise
   */
  public void export(Path target) throws IOException {
    ModelExport.run(ExportRequest.of(file, target));
  }

  /** Names of the classes, in the order of the network's outputs. */
  public List<String> classNames() {
    return scorer.card().classNames();
  }

  /** DL4J's graph, which takes [N, height, width, channels] normalized images. */
  public ComputationGraph graph() {
    return scorer.graph();
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
    List<RawImage> named = new ArrayList<>();
    for (byte[] image : images) {
      named.add(new RawImage.Encoded(image, "number " + (named.size() + 1)));
    }
    return scorer.score(named).stream().map(this::prediction).toList();
  }

  private Prediction prediction(Score score) {
    List<Double> probabilities = new ArrayList<>();
    for (float probability : score.probabilities()) {
      probabilities.add((double) probability);
    }
    return new Prediction(
        classNames().get(score.best()), probabilities.get(score.best()), probabilities);
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
            file,
            folder,
            scorer.card().crop(),
            EvaluationJob.Examples.TEST,
            OptionalInt.of(0),
            EVALUATION_BATCH,
            augmentation,
            spark));
  }

  @Override
  public void close() {
    scorer.close();
  }
}
