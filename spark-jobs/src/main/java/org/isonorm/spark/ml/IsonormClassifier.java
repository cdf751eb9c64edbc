package org.isonorm.spark.ml;

import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.isonorm.spark.api.Images;
import org.isonorm.spark.api.RunSettings;
import org.isonorm.spark.api.Trainer;
import org.isonorm.spark.api.TrainingObserver;
import org.isonorm.spark.api.TrainingProgress;
import org.isonorm.spark.api.TrainingResult;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.Storage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a convolutional network data-parallel on the images of a DataFrame: Spark ML's estimator
 * over {@link Trainer}, which gives the same bits as {@code isonorm train} for the same settings,
 * seed and order of rows.
 *
 * <p>A Param that is not set leaves its key to {@link #settings}, and this to {@code
 * conf/base.conf}. A worker takes one task slot. While it trains, the images lie once, as an
 * ingested data set, in a folder that all executors must reach: {@link #imagesFolder}.
 */
public final class IsonormClassifier extends Estimator<IsonormClassificationModel>
    implements ImageClassifierParams, MLWritable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOGGER = LoggerFactory.getLogger(IsonormClassifier.class);

  static final String UID = "isonorm";

  /** The keys' values where nobody says otherwise. */
  private static final Map<String, String> DEFAULTS =
      IsonormConfig.load(Optional.empty(), List.of()).values();

  private final String uid;
  private final Param<String> featuresCol;
  private final Param<String> labelCol;
  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;
  private final Param<String> rawPredictionCol;
  private final IntArrayParam imageShape;
  private final Param<String> handleInvalid;
  private final IntParam imageSize;
  private final IntParam imageWidth;
  private final IntParam imageChannels;
  private final Param<String> network;
  private final DoubleParam initGamma;
  private final Param<String> initRule;
  private final DoubleParam learningRate;
  private final IntParam epochs;
  private final IntParam batchSize;
  private final IntParam workers;
  private final IntParam averagingFrequency;
  private final Param<String> validationCol;
  private final DoubleParam validationFraction;
  private final LongParam seed;
  private final StringArrayParam settings;
  private final Param<String> imagesFolder;
  private final Param<String> runFolder;

  /** The configuration's key of each Param that stands for one. */
  private final Map<Param<?>, String> keys = new LinkedHashMap<>();

  /** An estimator with every Param at its default. */
  public IsonormClassifier() {
    this(Identifiable.randomUID(UID));
  }

  /** The same with a name of its own. */
  public IsonormClassifier(String uid) {
    this.uid = uid;
    featuresCol = SharedParams.featuresCol(this);
    labelCol = SharedParams.labelCol(this);
    predictionCol = SharedParams.predictionCol(this);
    probabilityCol = SharedParams.probabilityCol(this);
    rawPredictionCol = SharedParams.rawPredictionCol(this);
    imageShape = SharedParams.imageShape(this);
    handleInvalid = SharedParams.handleInvalid(this);
    imageSize =
        new IntParam(
            this,
            "imageSize",
            "pixels a side of the squares that images are resized to; 0 leaves them as they are, which must then be of one size");
    imageWidth =
        new IntParam(
            this,
            "imageWidth",
            "columns that images are resized to where they are to be no squares, imageSize being their rows; 0 for squares");
    imageChannels =
        new IntParam(
            this,
            "imageChannels",
            "channels that images are kept with: 1 makes colours grey, 3 makes grey three equal channels, 4 keeps transparency, 2 is for arrays of two; 0 for those of the first image");
    network = new Param<>(this, "network", "network, such as resnet-20, vgg-19 or densenet-100");
    initGamma =
        new DoubleParam(
            this,
            "initGamma",
            "gamma of the initialization's rule: below 1 for a large learning rate, above 1 for a small one");
    initRule = new Param<>(this, "initRule", "rule of the initial weights, such as bn-gamma");
    learningRate = new DoubleParam(this, "learningRate", "learning rate before the schedule");
    epochs = new IntParam(this, "epochs", "passes over the training rows");
    batchSize =
        new IntParam(
            this, "batchSize", "examples a step of all workers together; a multiple of workers");
    workers =
        new IntParam(
            this, "workers", "workers that train in parallel, each in a task slot of its own");
    averagingFrequency =
        new IntParam(this, "averagingFrequency", "local steps of each worker between two averages");
    validationCol =
        new Param<>(
            this,
            "validationCol",
            "column of booleans: true for rows that choose the best epoch and do not train");
    validationFraction =
        new DoubleParam(
            this,
            "validationFraction",
            "share of the rows, drawn by a seed, that choose the best epoch and do not train; 0 takes the last epoch");
    seed = new LongParam(this, "seed", "seed of every random draw");
    settings =
        new StringArrayParam(
            this,
            "settings",
            "further keys of the configuration, each as key=value, such as optimizer.weight-decay=1e-4; a Param that is set goes before them");
    imagesFolder =
        new Param<>(
            this,
            "imagesFolder",
            "new folder in which the images are kept as an ingested data set, which every executor must reach; '' for a temporary one on the default file system");
    runFolder =
        new Param<>(
            this,
            "runFolder",
            "new folder in which the run is kept: metrics, checkpoints, report; '' for a temporary one");
    bindKeys();
    setDefaults();
  }

  private void bindKeys() {
    keys.put(network, "network.name");
    keys.put(initGamma, "initialization.init-gamma");
    keys.put(initRule, "initialization.rule");
    keys.put(learningRate, "optimizer.learning-rate");
    keys.put(epochs, "training.epochs");
    keys.put(batchSize, "training.global-batch-size");
    keys.put(workers, "averaging.workers");
    keys.put(averagingFrequency, "averaging.frequency");
    keys.put(seed, "run.seed");
  }

  private void setDefaults() {
    SharedParams.setDefaults(this);
    setDefault(imageSize, 0);
    setDefault(imageWidth, 0);
    setDefault(imageChannels, 0);
    setDefault(network, defaultOf(network));
    setDefault(initGamma, Double.valueOf(defaultOf(initGamma)));
    setDefault(initRule, defaultOf(initRule));
    setDefault(learningRate, Double.valueOf(defaultOf(learningRate)));
    setDefault(epochs, Integer.valueOf(defaultOf(epochs)));
    setDefault(batchSize, Integer.valueOf(defaultOf(batchSize)));
    setDefault(workers, Integer.valueOf(defaultOf(workers)));
    setDefault(averagingFrequency, Integer.valueOf(defaultOf(averagingFrequency)));
    setDefault(validationCol, "");
    setDefault(validationFraction, 0.0);
    setDefault(seed, Long.valueOf(defaultOf(seed)));
    setDefault(settings, new String[0]);
    setDefault(imagesFolder, "");
    setDefault(runFolder, "");
  }

  private String defaultOf(Param<?> param) {
    String value = DEFAULTS.get(keys.get(param));
    return value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public IsonormClassificationModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema(), true);
    SparkSession spark = dataset.sparkSession();
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    org.apache.hadoop.fs.Path kept = images(hadoop);
    Optional<Path> scratch = Optional.empty();
    try {
      Path run;
      if ($(runFolder).isEmpty()) {
        scratch = Optional.of(Files.createTempDirectory("isonorm-run-"));
        run = scratch.get().resolve("run");
      } else {
        run = Storage.path($(runFolder));
      }
      return fit(spark, rows(dataset, kept.toString()), run);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } finally {
      if ($(imagesFolder).isEmpty()) {
        delete(kept, hadoop);
      }
      scratch.ifPresent(folder -> delete(new org.apache.hadoop.fs.Path(folder.toUri()), hadoop));
    }
  }

  private IsonormClassificationModel fit(SparkSession spark, Images.Rows rows, Path run)
      throws IOException {
    List<TrainingProgress> byEpoch = new ArrayList<>();
    TrainingObserver observer =
        new TrainingObserver() {
          @Override
          public void afterEpoch(TrainingProgress progress) {
            byEpoch.add(progress);
          }
        };
    TrainingResult result =
        Trainer.on(spark)
            .settings(runSettings())
            .images(rows)
            .observer(observer)
            .progressLines(LOGGER::info)
            .train(run);
    Path file = new RunFolder(run).model();
    ModelBytes model = ModelBytes.of(Files.readAllBytes(file), file);
    IsonormClassificationModel fitted =
        new IsonormClassificationModel(uid, model)
            .trained(new IsonormTrainingSummary(spark, byEpoch, result.evaluation()));
    copyValues(fitted, ParamMap.empty());
    fitted.setParent(this);
    return fitted;
  }

  /** What the Params that are set, and {@link #settings}, say. */
  RunSettings runSettings() {
    RunSettings run = RunSettings.defaults();
    if ($(runFolder).isEmpty()) {
      // Nobody would see them.
      run = run.with("run.tensorboard", false).with("run.sample-predictions", 0);
    }
    if (!validates()) {
      run = run.with("data.validation-examples", 0);
    }
    for (String setting : $(settings)) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid settings: '%s' (must be key=value)", setting));
      }
      run = run.with(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
    }
    for (Map.Entry<Param<?>, String> key : keys.entrySet()) {
      if (isSet(key.getKey())) {
        run = run.with(key.getValue(), $(key.getKey()));
      }
    }
    return validates() ? run.with("data.validation-examples", "auto") : run;
  }

  private boolean validates() {
    return !$(validationCol).isEmpty() || fraction() > 0;
  }

  private double fraction() {
    return (Double) $(validationFraction);
  }

  private Images.Rows rows(Dataset<?> dataset, String folder) {
    Dataset<Row> read = dataset.toDF();
    Columns columns = Columns.of(this);
    Images.Rows rows =
        Images.rows(read.withColumn($(featuresCol), columns.asArrays(read)), folder)
            .columns($(featuresCol), $(labelCol))
            .named(classNames(dataset.schema()))
            .resized(getImageSize(), getImageWidth() == 0 ? getImageSize() : getImageWidth())
            .channels(getImageChannels());
    if (!columns.shape().isEmpty()) {
      rows = rows.shape(columns.shape().get(0), columns.shape().get(1), columns.shape().get(2));
    }
    if (!$(validationCol).isEmpty()) {
      return rows.validation(new Images.Validation.Column($(validationCol)));
    }
    return fraction() > 0 ? rows.validation(new Images.Validation.Fraction(fraction())) : rows;
  }

  /** The names that StringIndexer gave to the numbers of the label column, if it did. */
  private List<String> classNames(StructType rows) {
    StructField field = rows.apply($(labelCol));
    if (field.dataType() instanceof NumericType
        && Attribute.fromStructField(field) instanceof NominalAttribute nominal
        && nominal.values().isDefined()) {
      return Arrays.asList(nominal.values().get());
    }
    return List.of();
  }

  /** Where the images lie while it trains. */
  private org.apache.hadoop.fs.Path images(Configuration hadoop) {
    if (!$(imagesFolder).isEmpty()) {
      return new org.apache.hadoop.fs.Path($(imagesFolder));
    }
    boolean local = "file".equals(FileSystem.getDefaultUri(hadoop).getScheme());
    return new org.apache.hadoop.fs.Path(
        local ? Path.of(System.getProperty("java.io.tmpdir")).toUri().getPath() : "/tmp",
        String.format(Locale.ROOT, "isonorm-images-%s", UUID.randomUUID()));
  }

  private static void delete(org.apache.hadoop.fs.Path folder, Configuration hadoop) {
    try {
      folder.getFileSystem(hadoop).delete(folder, true);
    } catch (IOException e) {
      LOGGER.warn("Cannot delete the temporary folder {}: {}", folder, e.getMessage());
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    InvalidImages.parse($(handleInvalid));
    Images.checkLabels(schema, $(labelCol));
    return Columns.of(this).scored(schema, classNames(schema));
  }

  @Override
  public IsonormClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public MLWriter write() {
    return new DefaultParamsWriter(this);
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<IsonormClassifier> read() {
    return new DefaultParamsReader<>();
  }

  /** The estimator in a folder that {@code save} wrote. */
  public static IsonormClassifier load(String path) {
    return read().load(path);
  }

  @Override
  public Param<String> featuresCol() {
    return featuresCol;
  }

  public IsonormClassifier setFeaturesCol(String column) {
    set(featuresCol, column);
    return this;
  }

  @Override
  public Param<String> labelCol() {
    return labelCol;
  }

  public IsonormClassifier setLabelCol(String column) {
    set(labelCol, column);
    return this;
  }

  @Override
  public Param<String> predictionCol() {
    return predictionCol;
  }

  public IsonormClassifier setPredictionCol(String column) {
    set(predictionCol, column);
    return this;
  }

  @Override
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  public IsonormClassifier setProbabilityCol(String column) {
    set(probabilityCol, column);
    return this;
  }

  @Override
  public Param<String> rawPredictionCol() {
    return rawPredictionCol;
  }

  public IsonormClassifier setRawPredictionCol(String column) {
    set(rawPredictionCol, column);
    return this;
  }

  @Override
  public IntArrayParam imageShape() {
    return imageShape;
  }

  public IsonormClassifier setImageShape(int[] shape) {
    set(imageShape, shape);
    return this;
  }

  @Override
  public Param<String> handleInvalid() {
    return handleInvalid;
  }

  public IsonormClassifier setHandleInvalid(String what) {
    set(handleInvalid, what);
    return this;
  }

  public IntParam imageSize() {
    return imageSize;
  }

  public int getImageSize() {
    return (Integer) $(imageSize);
  }

  public IsonormClassifier setImageSize(int pixels) {
    set(imageSize, pixels);
    return this;
  }

  public IntParam imageWidth() {
    return imageWidth;
  }

  public int getImageWidth() {
    return (Integer) $(imageWidth);
  }

  public IsonormClassifier setImageWidth(int pixels) {
    set(imageWidth, pixels);
    return this;
  }

  public IntParam imageChannels() {
    return imageChannels;
  }

  public int getImageChannels() {
    return (Integer) $(imageChannels);
  }

  public IsonormClassifier setImageChannels(int channels) {
    set(imageChannels, channels);
    return this;
  }

  /**
   * A network of one's own, drawn with DL4J's own layers of which docs/networks.md says the fast
   * forms.
   *
   * @param name what files and messages call it
   */
  public IsonormClassifier setNetwork(String name, ComputationGraphConfiguration configuration) {
    set(network, name);
    return setSetting("network.definition", ConfigUtil.quoteString(configuration.toJson()));
  }

  public Param<String> network() {
    return network;
  }

  public String getNetwork() {
    return $(network);
  }

  public IsonormClassifier setNetwork(String name) {
    set(network, name);
    return this;
  }

  public DoubleParam initGamma() {
    return initGamma;
  }

  public double getInitGamma() {
    return (Double) $(initGamma);
  }

  public IsonormClassifier setInitGamma(double gamma) {
    set(initGamma, gamma);
    return this;
  }

  public Param<String> initRule() {
    return initRule;
  }

  public String getInitRule() {
    return $(initRule);
  }

  public IsonormClassifier setInitRule(String rule) {
    set(initRule, rule);
    return this;
  }

  public DoubleParam learningRate() {
    return learningRate;
  }

  public double getLearningRate() {
    return (Double) $(learningRate);
  }

  public IsonormClassifier setLearningRate(double rate) {
    set(learningRate, rate);
    return this;
  }

  public IntParam epochs() {
    return epochs;
  }

  public int getEpochs() {
    return (Integer) $(epochs);
  }

  public IsonormClassifier setEpochs(int count) {
    set(epochs, count);
    return this;
  }

  public IntParam batchSize() {
    return batchSize;
  }

  public int getBatchSize() {
    return (Integer) $(batchSize);
  }

  public IsonormClassifier setBatchSize(int examples) {
    set(batchSize, examples);
    return this;
  }

  public IntParam workers() {
    return workers;
  }

  public int getWorkers() {
    return (Integer) $(workers);
  }

  public IsonormClassifier setWorkers(int count) {
    set(workers, count);
    return this;
  }

  public IntParam averagingFrequency() {
    return averagingFrequency;
  }

  public int getAveragingFrequency() {
    return (Integer) $(averagingFrequency);
  }

  public IsonormClassifier setAveragingFrequency(int steps) {
    set(averagingFrequency, steps);
    return this;
  }

  public Param<String> validationCol() {
    return validationCol;
  }

  public String getValidationCol() {
    return $(validationCol);
  }

  public IsonormClassifier setValidationCol(String column) {
    set(validationCol, column);
    return this;
  }

  public DoubleParam validationFraction() {
    return validationFraction;
  }

  public double getValidationFraction() {
    return (Double) $(validationFraction);
  }

  public IsonormClassifier setValidationFraction(double share) {
    set(validationFraction, share);
    return this;
  }

  public LongParam seed() {
    return seed;
  }

  public long getSeed() {
    return (Long) $(seed);
  }

  public IsonormClassifier setSeed(long value) {
    set(seed, value);
    return this;
  }

  public StringArrayParam settings() {
    return settings;
  }

  public String[] getSettings() {
    return $(settings);
  }

  public IsonormClassifier setSettings(String[] keysAndValues) {
    set(settings, keysAndValues);
    return this;
  }

  /** Adds a key of the configuration to {@link #settings}. */
  public IsonormClassifier setSetting(String key, Object value) {
    List<String> all = new ArrayList<>(Arrays.asList($(settings)));
    all.add(key + "=" + value);
    set(settings, all.toArray(String[]::new));
    return this;
  }

  public Param<String> imagesFolder() {
    return imagesFolder;
  }

  public String getImagesFolder() {
    return $(imagesFolder);
  }

  public IsonormClassifier setImagesFolder(String folder) {
    set(imagesFolder, folder);
    return this;
  }

  public Param<String> runFolder() {
    return runFolder;
  }

  public String getRunFolder() {
    return $(runFolder);
  }

  public IsonormClassifier setRunFolder(String folder) {
    set(runFolder, folder);
    return this;
  }
}
