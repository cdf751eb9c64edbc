package org.isonorm.spark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.example.Discs;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.api.Images;
import org.isonorm.spark.api.Prediction;
import org.isonorm.spark.api.RunSettings;
import org.isonorm.spark.api.TrainedModel;
import org.isonorm.spark.api.Trainer;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;

class IsonormClassifierTest {
  private static final int LONGEST_TEST_SECONDS = 300;

  /** Logits and probabilities are floats, of which the rarer class's may be 1e-4. */
  private static final double FLOAT_TOLERANCE = 1e-2;

  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  private static IsonormClassifier classifier() {
    return new IsonormClassifier()
        .setNetwork("resnet-8")
        .setSetting("network.width", 4)
        .setEpochs(1)
        .setBatchSize(16);
  }

  private static Dataset<Row> rows(int count, long seed) {
    return Discs.rows(spark, count, seed).coalesce(1);
  }

  /** The same rows with the images in each of the columns that may hold some. */
  private static Map<String, Dataset<Row>> everyKind(Dataset<Row> encoded) {
    List<Row> pixels = new ArrayList<>();
    List<Row> values = new ArrayList<>();
    for (Row row : encoded.collectAsList()) {
      Row image = Discs.pixels(row.getAs("image"));
      byte[] bgr = image.getAs(5);
      Integer[] rgb = new Integer[bgr.length];
      for (int i = 0; i < bgr.length; i++) {
        rgb[i] = bgr[i - i % 3 + 2 - i % 3] & 0xff;
      }
      pixels.add(RowFactory.create(image, row.getAs("label")));
      values.add(RowFactory.create(rgb, row.getAs("label")));
    }
    StructType label = new StructType();
    Dataset<Row> arrays =
        spark
            .createDataFrame(
                values,
                label
                    .add("image", DataTypes.createArrayType(DataTypes.IntegerType))
                    .add("label", DataTypes.StringType))
            .coalesce(1);
    Map<String, Dataset<Row>> kinds = new LinkedHashMap<>();
    kinds.put("binary", encoded);
    kinds.put(
        "struct of bytes and path",
        encoded.withColumn(
            "image", struct(col("image").as("bytes"), lit(null).cast("string").as("path"))));
    kinds.put(
        "Spark's images",
        spark
            .createDataFrame(
                pixels, label.add("image", Discs.SPARK_IMAGE).add("label", DataTypes.StringType))
            .coalesce(1));
    kinds.put("array", arrays);
    kinds.put(
        "vector",
        arrays.withColumn("image", functions.array_to_vector(col("image").cast("array<double>"))));
    return kinds;
  }

  private static byte[] parameters(Path model) throws IOException {
    try (TrainedModel loaded = TrainedModel.load(model)) {
      return FlatParameters.toBytes(loaded.graph().params());
    }
  }

  @Test
  void aPipelineLearnsIsSavedAndScoresTheSameWhenLoaded() {
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  new StringIndexer()
                      .setInputCol("label")
                      .setOutputCol("number")
                      .setStringOrderType("alphabetDesc"),
                  classifier().setLabelCol("number").setEpochs(3).setValidationFraction(0.1),
                  new IndexToString().setInputCol("prediction").setOutputCol("name")
                });
    PipelineModel fitted = pipeline.fit(rows(180, 1));
    Dataset<Row> test = rows(40, 2);
    List<Row> scored = fitted.transform(test).collectAsList();

    assertThat(scored).hasSize(40);
    long right =
        scored.stream().filter(row -> row.getAs("label").equals(row.getAs("name"))).count();
    assertThat(right / 40.0).isGreaterThan(Discs.LEARNED);
    for (Row row : scored) {
      Vector probability = row.getAs("probability");
      Vector raw = row.getAs("rawPrediction");
      int prediction = row.<Double>getAs("prediction").intValue();
      assertThat(prediction).isEqualTo(probability.argmax()).isEqualTo(raw.argmax());
      // Softmax: probabilities are by as much apart as logits are.
      assertThat(raw.apply(0) - raw.apply(1))
          .isCloseTo(
              Math.log(probability.apply(0) / probability.apply(1)), within(FLOAT_TOLERANCE));
    }
    IsonormClassificationModel model = (IsonormClassificationModel) fitted.stages()[1];
    // StringIndexer's names, in its order.
    assertThat(model.classNames()).containsExactly("dark", "bright");
    assertThat(model.summary().epochs()).hasSize(3);
    assertThat(model.summary().evaluation().split()).isEqualTo("validation");
    assertThat(model.summary().evaluation().examples()).isEqualTo(18);
    assertThat(model.summary().metrics().select("epoch", "examplesSeen").collectAsList())
        .containsExactly(
            RowFactory.create(1, 162L), RowFactory.create(2, 324L), RowFactory.create(3, 486L));

    String saved = folder.resolve("saved").toString();
    try {
      fitted.write().save(saved);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    PipelineModel loaded = PipelineModel.load(saved);
    assertThat(loaded.transform(test).collectAsList()).isEqualTo(scored);
    IsonormClassificationModel again = (IsonormClassificationModel) loaded.stages()[1];
    assertThat(again.uid()).isEqualTo(model.uid());
    assertThat(again.hasSummary()).isFalse();
    assertThat(again.classNames()).isEqualTo(model.classNames());
  }

  @Tag("long")
  @Test
  void everyKindOfColumnGivesTheSameModelAndTheSamePredictions() throws IOException {
    Map<String, List<Row>> predictions = new LinkedHashMap<>();
    Map<String, byte[]> models = new LinkedHashMap<>();
    for (Map.Entry<String, Dataset<Row>> kind : everyKind(rows(32, 5)).entrySet()) {
      Path run = folder.resolve("run-" + models.size());
      IsonormClassificationModel model =
          classifier()
              .setImageShape(new int[] {Discs.SIDE, Discs.SIDE, 3})
              .setRunFolder(run.toString())
              .fit(kind.getValue());
      models.put(kind.getKey(), parameters(new RunFolder(run).model()));
      predictions.put(
          kind.getKey(),
          model.transform(kind.getValue()).select("probability", "prediction").collectAsList());
    }
    byte[] first = models.get("binary");
    models.forEach((kind, model) -> assertThat(model).as(kind).isEqualTo(first));
    predictions.forEach(
        (kind, rows) -> assertThat(rows).as(kind).isEqualTo(predictions.get("binary")));
  }

  @Tag("long")
  @Test
  void theSameBitsAsATrainerOnTheImagesThatWereKept() throws IOException {
    Dataset<Row> training = rows(60, 1).withColumn("held", expr("rand(3) < 0.2"));
    Path images = folder.resolve("images");
    IsonormClassificationModel fitted =
        classifier()
            .setSeed(7)
            .setLearningRate(0.05)
            .setInitGamma(0.8)
            .setAveragingFrequency(2)
            .setValidationCol("held")
            .setImagesFolder(images.toString())
            .setRunFolder(folder.resolve("fitted").toString())
            .fit(training);
    RunSettings same =
        RunSettings.defaults()
            .with("network.name", "resnet-8")
            .with("network.width", 4)
            .with("training.epochs", 1)
            .with("training.global-batch-size", 16)
            .with("run.seed", 7)
            .with("optimizer.learning-rate", 0.05)
            .with("initialization.init-gamma", 0.8)
            .with("averaging.frequency", 2);
    Trainer.on(spark)
        .settings(same)
        .images(Images.ingested(images.toString()))
        .train(folder.resolve("trained"));
    Path model = new RunFolder(folder.resolve("fitted")).model();
    assertThat(parameters(model))
        .isEqualTo(parameters(new RunFolder(folder.resolve("trained")).model()));
    assertThat(fitted.summary().evaluation().examples()).isEqualTo(training.filter("held").count());

    // What the transformer says is what the model says.
    Row row = fitted.transform(rows(1, 9)).first();
    try (TrainedModel loaded = TrainedModel.load(model)) {
      Prediction prediction = loaded.predict(row.<byte[]>getAs("image"));
      assertThat(row.<Vector>getAs("probability").toArray())
          .containsExactly(
              prediction.probabilities().stream().mapToDouble(Double::doubleValue).toArray());
    }
    Row byFile =
        IsonormClassificationModel.ofModelFile(model.toString()).transform(rows(1, 9)).first();
    assertThat(byFile).isEqualTo(row);
  }

  @Tag("long")
  @Test
  void aNetworkOfOnesOwnIsWhatATrainerMakesOfIt() throws IOException {
    ComputationGraphConfiguration graph =
        new NeuralNetConfiguration.Builder()
            .activation(Activation.TANH)
            .graphBuilder()
            .addInputs("in")
            .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(4).stride(2, 2).build(), "in")
            .addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), "conv")
            .addLayer(
                "out",
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
                "mean")
            .setOutputs("out")
            .build();
    Path images = folder.resolve("images");
    Path run = folder.resolve("fitted");
    new IsonormClassifier()
        .setNetwork("mine", graph)
        .setEpochs(1)
        .setBatchSize(16)
        .setImagesFolder(images.toString())
        .setRunFolder(run.toString())
        .fit(rows(32, 5));
    Trainer.on(spark)
        .settings(
            RunSettings.defaults()
                .network("mine", graph)
                .with("training.epochs", 1)
                .with("training.global-batch-size", 16)
                .with("data.validation-examples", 0))
        .images(Images.ingested(images.toString()))
        .train(folder.resolve("trained"));
    Path model = new RunFolder(run).model();
    assertThat(parameters(model))
        .isEqualTo(parameters(new RunFolder(folder.resolve("trained")).model()));
    try (TrainedModel loaded = TrainedModel.load(model)) {
      assertThat(loaded.graph().getLayer("conv").getParam("W").shape()).containsExactly(4, 3, 3, 3);
    }
  }

  @Test
  void aDamagedModelFileIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("damaged.zip"), "no model");
    assertThatThrownBy(() -> IsonormClassificationModel.ofModelFile(file.toString()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("Cannot read %s: it is damaged or not a model (".formatted(file));
  }

  @Tag("long")
  @Test
  void temporaryFoldersAreGoneAfterwards() throws Exception {
    Set<String> before = temporary();
    classifier().fit(rows(32, 5));
    assertThatThrownBy(() -> classifier().setBatchSize(1000).fit(rows(32, 5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Invalid training.global-batch-size: 1000 is 500 examples");
    Set<String> left = temporary();
    left.removeAll(before);
    // Those of other processes, such as the other half of the tests, go when they are done.
    for (int second = 0; second < LONGEST_TEST_SECONDS && !left.isEmpty(); second++) {
      left.retainAll(temporary());
      Thread.sleep(1000);
    }
    assertThat(left).isEmpty();
  }

  private static Set<String> temporary() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("isonorm-(images|run|model)-.*"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Tag("long")
  @Test
  void crossValidationAndASplitChooseARate() {
    Dataset<Row> training =
        rows(60, 1).withColumn("label", when(col("label").equalTo("dark"), 1).otherwise(0));
    IsonormClassifier classifier = classifier().setEpochs(2);
    // A rate of nothing learns nothing.
    ParamMap[] grid =
        new ParamGridBuilder()
            .addGrid(classifier.learningRate(), new double[] {1e-9, 0.1})
            .addGrid(classifier.initGamma(), new double[] {0.4})
            .build();
    CrossValidatorModel crossValidated =
        new CrossValidator()
            .setEstimator(classifier)
            .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("logLoss"))
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .setSeed(1)
            .fit(training);
    assertThat(crossValidated.avgMetrics()).hasSize(2);
    assertThat(crossValidated.avgMetrics()[1]).isLessThan(crossValidated.avgMetrics()[0]);
    IsonormClassificationModel best = (IsonormClassificationModel) crossValidated.bestModel();
    assertThat(((IsonormClassifier) best.parent()).getLearningRate()).isEqualTo(0.1);

    TrainValidationSplitModel split =
        new TrainValidationSplit()
            .setEstimator(classifier)
            .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("logLoss"))
            .setEstimatorParamMaps(grid)
            .setTrainRatio(0.75)
            .setSeed(1)
            .fit(training);
    assertThat(split.validationMetrics()[1]).isLessThan(split.validationMetrics()[0]);
  }

  @Test
  void anEstimatorIsCopiedExplainedAndPersisted() throws IOException {
    IsonormClassifier classifier =
        classifier().setLearningRate(0.03).setImageShape(new int[] {4, 4, 3}).setSeed(5);
    assertThat(classifier.explainParams())
        .contains("learningRate: learning rate before the schedule (default: 0.1, current: 0.03)")
        .contains("initRule: rule of the initial weights, such as bn-gamma (default: bn-gamma)");
    IsonormClassifier copied = classifier.copy(new ParamMap().put(classifier.epochs().w(9)));
    assertThat(copied.getEpochs()).isEqualTo(9);
    assertThat(copied.getLearningRate()).isEqualTo(0.03);
    assertThat(classifier.getEpochs()).isEqualTo(1);

    String saved = folder.resolve("estimator").toString();
    classifier.write().save(saved);
    IsonormClassifier loaded = IsonormClassifier.load(saved);
    assertThat(loaded.uid()).isEqualTo(classifier.uid());
    assertThat(loaded.runSettings().render()).isEqualTo(classifier.runSettings().render());
    assertThat(loaded.getImageShape()).containsExactly(4, 4, 3);
  }

  @Test
  void aParamGoesBeforeTheSettingsAndTheseBeforeTheDefaults() {
    IsonormClassifier classifier =
        new IsonormClassifier()
            .setSetting("training.epochs", 7)
            .setSetting("optimizer.learning-rate", 0.5)
            .setSetting("optimizer.weight-decay", "1e-3")
            .setLearningRate(0.25);
    assertThat(classifier.runSettings().render())
        .contains("epochs = 7")
        .contains("learning-rate = 0.25")
        .contains("weight-decay = 0.001")
        .contains("global-batch-size = 128")
        .contains("validation-examples = 0");
  }

  @Test
  void badInputIsRefusedInOneSentence() {
    Dataset<Row> good = rows(32, 5);
    refuses(
        good.withColumn("image", lit(1.5)),
        classifier(),
        "Invalid column image: it is of type double (must be the bytes of image files, a struct with them in bytes, what spark.read().format(\"image\") makes, or an array of numbers with its shape)");
    refuses(good.drop("label"), classifier(), "Invalid column: label (the rows have image)");
    refuses(
        good.withColumn("label", lit(true)),
        classifier(),
        "Invalid column label: it is of type boolean (must be a number or text)");
    refuses(
        good.unionAll(rows(2, 1).selectExpr("image", "null as label")),
        classifier(),
        "Invalid column label: 2 of the train rows are null or in no training row (leave such rows out)");
    refuses(
        good.unionAll(rows(3, 1).selectExpr("null as image", "label")),
        classifier(),
        "Invalid column image: 3 of the train rows are null (leave such rows out)");
    refuses(
        good.filter("label = 'dark'"),
        classifier(),
        "Cannot ingest the DataFrame: it has 1 class (must be 2 to 32767)");
    refuses(
        good.limit(0),
        classifier(),
        "Cannot ingest the DataFrame: it has no training images (must have a row at least)");
    refuses(
        good.withColumn("label", lit(1.5)),
        classifier(),
        "Invalid column label: 32 of the train rows are null or no whole number from 0 (leave such rows out)");
    refuses(
        good,
        classifier().setWorkers(3).setBatchSize(30),
        "Invalid averaging.workers: 3 (local[2,2] has 2 task slots; set averaging.workers to at most 2, or give Spark more, as in --master local[3])");
    refuses(
        good,
        classifier().setLearningRate(-1),
        "Invalid optimizer.learning-rate: -1 (must be > 0 and finite) in RunSettings.with");
    refuses(
        good.withColumn("prediction", lit(1)),
        classifier(),
        "Invalid column prediction: it is there already (choose another predictionCol, or '' for none)");
    refuses(
        good,
        classifier().setValidationCol("label"),
        "Invalid column label: it is of type string (must be boolean: true for rows that validate)");
    refuses(
        good,
        classifier().setValidationFraction(1),
        "Invalid validation fraction: 1.0 (must be in [0, 1))");
  }

  @Tag("long")
  @Test
  void imagesOfSeveralSizesAreRefusedOrResized() throws IOException {
    Row large = RowFactory.create(Discs.image(true, new SplittableRandom(1), 24), "bright");
    Dataset<Row> mixed =
        rows(32, 5)
            .unionAll(spark.createDataFrame(List.of(large), rows(1, 1).schema()))
            .coalesce(1);
    refuses(
        mixed,
        classifier(),
        "Cannot ingest image in row 32 of partition 0: it is 24×24 pixels, but the first is 16×16"
            + " (image-size resizes all of them)");
    Path images = folder.resolve("images");
    IsonormClassificationModel model =
        classifier()
            .setImageSize(8)
            .setImageWidth(12)
            .setImageChannels(1)
            .setImagesFolder(images.toString())
            .fit(mixed);
    assertThat(DatasetManifest.load(images.toString(), new Configuration()).shape())
        .isEqualTo(new ImageShape(8, 12, 1));
    assertThat(model.transform(mixed).filter("prediction is not null").count()).isEqualTo(33);
  }

  @Test
  void aLabelBeyondTheIndexersClassesIsRefused() {
    Dataset<Row> indexed =
        new StringIndexer()
            .setInputCol("label")
            .setOutputCol("number")
            .setHandleInvalid("keep")
            .fit(rows(8, 5))
            .transform(
                rows(32, 5)
                    .withColumn(
                        "label", when(col("label").equalTo("dark"), "dim").otherwise("bright")));
    refuses(
        indexed.withColumn(
            "number",
            col("number")
                .as(
                    "number",
                    new StringIndexer()
                        .setInputCol("label")
                        .setOutputCol("number")
                        .fit(rows(8, 5))
                        .transform(rows(8, 5))
                        .schema()
                        .apply("number")
                        .metadata())),
        classifier().setLabelCol("number"),
        "Invalid column number: 16 of the train rows are beyond the 2 classes (leave such rows out)");
  }

  private static void refuses(Dataset<Row> rows, IsonormClassifier classifier, String sentence) {
    refuses(() -> classifier.fit(rows), sentence);
  }

  private static void refuses(ThrowingCallable call, String sentence) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
  }

  @Tag("long")
  @Test
  void imagesThatCannotBeReadEndLeaveOrKeepTheirRows() {
    IsonormClassificationModel model = classifier().fit(rows(32, 5));
    Dataset<Row> broken =
        rows(4, 5)
            .unionAll(
                spark.createDataFrame(
                    List.of(
                        RowFactory.create(null, "dark"),
                        RowFactory.create(new byte[] {1, 2}, "dark")),
                    rows(1, 1).schema()))
            .coalesce(1);
    assertThatThrownBy(() -> model.transform(broken).collectAsList())
        .hasMessageContaining("Cannot read image of column image: it is null");
    assertThat(model.setHandleInvalid("skip").transform(broken).collectAsList()).hasSize(4);
    List<Row> kept = model.setHandleInvalid("keep").transform(broken).collectAsList();
    assertThat(kept).hasSize(6);
    assertThat(kept.get(4).<Object>getAs("prediction")).isNull();
    assertThat(kept.get(5).<Object>getAs("probability")).isNull();
    assertThat(model.setProbabilityCol("").setRawPredictionCol("").transform(broken).columns())
        .containsExactly("image", "label", "prediction");
    refuses(
        () -> model.transform(broken.withColumn("image", lit(1.5))),
        "Invalid column image: it is of type double (must be the bytes of image files, a struct with them in bytes, what spark.read().format(\"image\") makes, or an array of numbers with its shape)");
    refuses(
        () -> model.transform(broken.drop("image")), "Invalid column: image (the rows have label)");
    assertThat(model.transform(broken.limit(0)).count()).isZero();
  }

  @Test
  void sparkFindsThemAsServices() {
    assertThat(ServiceLoader.load(Estimator.class))
        .hasAtLeastOneElementOfType(IsonormClassifier.class);
    assertThat(ServiceLoader.load(Transformer.class))
        .hasAtLeastOneElementOfType(IsonormClassificationModel.class);
  }
}
