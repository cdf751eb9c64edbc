package org.isonorm.spark.ml;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.isonorm.spark.api.TrainedModel;
import org.isonorm.spark.predict.ImageColumn;
import org.isonorm.spark.predict.Scoring;
import org.isonorm.spark.predict.ScoringModel;
import org.isonorm.spark.storage.Storage;
import scala.Option;

/**
 * A trained network as Spark ML's transformer: adds to every row what it says of the row's image.
 * Images are prepared as those that it was trained on. Scores on the executors, with one model in
 * each.
 */
public final class IsonormClassificationModel extends Model<IsonormClassificationModel>
    implements ImageClassifierParams, MLWritable {
  private static final long serialVersionUID = 1L;

  /** Beside the metadata in a folder that {@code save} wrote. */
  private static final String FILE = "model.zip";

  private final String uid;
  private final ModelBytes model;
  private transient Optional<IsonormTrainingSummary> summary = Optional.empty();
  private transient Optional<Sent> sent = Optional.empty();

  private final Param<String> featuresCol;
  private final Param<String> labelCol;
  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;
  private final Param<String> rawPredictionCol;
  private final IntArrayParam imageShape;
  private final Param<String> handleInvalid;

  /** For Spark's service loader: scores nothing. */
  public IsonormClassificationModel() {
    this(Identifiable.randomUID(IsonormClassifier.UID), ModelBytes.NONE);
  }

  IsonormClassificationModel(String uid, ModelBytes model) {
    this.uid = uid;
    this.model = model;
    featuresCol = SharedParams.featuresCol(this);
    labelCol = SharedParams.labelCol(this);
    predictionCol = SharedParams.predictionCol(this);
    probabilityCol = SharedParams.probabilityCol(this);
    rawPredictionCol = SharedParams.rawPredictionCol(this);
    imageShape = SharedParams.imageShape(this);
    handleInvalid = SharedParams.handleInvalid(this);
    SharedParams.setDefaults(this);
  }

  /**
   * A model that {@code isonorm train} or {@link TrainedModel#save} wrote.
   *
   * @param file a model.zip, as a path or any URI Hadoop reads
   * @throws UncheckedIOException in one sentence that names it, if it cannot be read
   */
  public static IsonormClassificationModel ofModelFile(String file) {
    return new IsonormClassificationModel(
        Identifiable.randomUID(IsonormClassifier.UID), read(new Path(file), Storage.hadoop()));
  }

  private static ModelBytes read(Path file, Configuration hadoop) {
    try (InputStream in = file.getFileSystem(hadoop).open(file)) {
      return ModelBytes.of(in.readAllBytes(), file);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      throw new UncheckedIOException(
          message.startsWith("Cannot ")
              ? message
              : String.format(Locale.ROOT, "Cannot read model %s: %s", file, message),
          e);
    }
  }

  IsonormClassificationModel trained(IsonormTrainingSummary how) {
    summary = Optional.of(how);
    return this;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<String> featuresCol() {
    return featuresCol;
  }

  @Override
  public Param<String> labelCol() {
    return labelCol;
  }

  @Override
  public Param<String> predictionCol() {
    return predictionCol;
  }

  @Override
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  @Override
  public Param<String> rawPredictionCol() {
    return rawPredictionCol;
  }

  @Override
  public IntArrayParam imageShape() {
    return imageShape;
  }

  @Override
  public Param<String> handleInvalid() {
    return handleInvalid;
  }

  public IsonormClassificationModel setFeaturesCol(String column) {
    set(featuresCol, column);
    return this;
  }

  public IsonormClassificationModel setPredictionCol(String column) {
    set(predictionCol, column);
    return this;
  }

  public IsonormClassificationModel setProbabilityCol(String column) {
    set(probabilityCol, column);
    return this;
  }

  public IsonormClassificationModel setRawPredictionCol(String column) {
    set(rawPredictionCol, column);
    return this;
  }

  public IsonormClassificationModel setImageShape(int[] shape) {
    set(imageShape, shape);
    return this;
  }

  public IsonormClassificationModel setHandleInvalid(String what) {
    set(handleInvalid, what);
    return this;
  }

  /** Number of classes. */
  public int numClasses() {
    return model.classNames().size();
  }

  /** Names of the classes, by the number that a prediction is. */
  public List<String> classNames() {
    return model.classNames();
  }

  /** Whether it was fitted in this process, and so knows how. */
  public boolean hasSummary() {
    return summary.isPresent();
  }

  /**
   * How it was trained.
   *
   * @throws IllegalStateException in one sentence, if it was loaded
   */
  public IsonormTrainingSummary summary() {
    return summary.orElseThrow(
        () ->
            new IllegalStateException(
                "Cannot give a training summary: this model was loaded (only one that fit returned has it)"));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    InvalidImages.parse($(handleInvalid));
    return Columns.of(this).scored(schema, model.classNames());
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType scored = transformSchema(dataset.schema(), true);
    Columns columns = Columns.of(this);
    Predictions predictions =
        new Predictions(
            Scoring.by(
                broadcast(dataset.sparkSession().sparkContext()), columns.images(dataset.schema())),
            List.copyOf(columns.made().keySet()),
            InvalidImages.parse($(handleInvalid)));
    Dataset<Row> result = dataset.toDF().mapPartitions(predictions, Encoders.row(scored));
    // Encoders drop what columns say of themselves, as StringIndexer's do.
    List<Column> described = new ArrayList<>();
    for (StructField field : scored.fields()) {
      described.add(ImageColumn.named(field.name()).as(field.name(), field.metadata()));
    }
    return result.select(described.toArray(Column[]::new));
  }

  /** The model as an application's executors get it. */
  private record Sent(SparkContext spark, Broadcast<ScoringModel> model) {}

  /** The model for every executor that asks for it, sent once an application. */
  private synchronized Broadcast<ScoringModel> broadcast(SparkContext spark) {
    if (sent.isEmpty() || !sent.get().spark().equals(spark)) {
      sent =
          Optional.of(
              new Sent(
                  spark,
                  JavaSparkContext.fromSparkContext(spark)
                      .broadcast(model.asFileUnchecked(ScoringModel::load))));
    }
    return sent.get().model();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    summary = Optional.empty();
    sent = Optional.empty();
  }

  @Override
  public IsonormClassificationModel copy(ParamMap extra) {
    IsonormClassificationModel copied = new IsonormClassificationModel(uid, model);
    copied.summary = summary;
    copied.sent = sent;
    copyValues(copied, extra);
    copied.setParent(parent());
    return copied;
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<IsonormClassificationModel> read() {
    return new Reader();
  }

  /** The model in a folder that {@code save} wrote. */
  public static IsonormClassificationModel load(String path) {
    return read().load(path);
  }

  private static final class Writer extends MLWriter {
    private final IsonormClassificationModel instance;

    Writer(IsonormClassificationModel instance) {
      this.instance = instance;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(instance, path, sc(), Option.empty(), Option.empty());
      Path file = new Path(path, FILE);
      try (OutputStream out = file.getFileSystem(sc().hadoopConfiguration()).create(file, false)) {
        out.write(instance.model.bytes());
      } catch (IOException e) {
        throw new UncheckedIOException(
            String.format(Locale.ROOT, "Cannot write model %s: %s", file, e.getMessage()), e);
      }
    }
  }

  private static final class Reader extends MLReader<IsonormClassificationModel> {
    @Override
    public IsonormClassificationModel load(String path) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(path, sc(), IsonormClassificationModel.class.getName());
      IsonormClassificationModel loaded =
          new IsonormClassificationModel(
              metadata.uid(),
              IsonormClassificationModel.read(new Path(path, FILE), sc().hadoopConfiguration()));
      metadata.getAndSetParams(loaded, Option.empty());
      return loaded;
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "IsonormClassificationModel: uid=%s, numClasses=%d", uid, numClasses());
  }
}
