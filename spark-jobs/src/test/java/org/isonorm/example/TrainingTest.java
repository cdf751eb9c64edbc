package org.isonorm.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import onnx.Onnx.ModelProto;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.api.Images;
import org.isonorm.spark.api.ModelEvaluation;
import org.isonorm.spark.api.Prediction;
import org.isonorm.spark.api.RunSettings;
import org.isonorm.spark.api.TrainedModel;
import org.isonorm.spark.api.Trainer;
import org.isonorm.spark.api.TrainingObserver;
import org.isonorm.spark.api.TrainingProgress;
import org.isonorm.spark.api.TrainingResult;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;

/** The public Java API, from images in a DataFrame to predictions. */
class TrainingTest {
  @TempDir Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  private static RunSettings settings() {
    return RunSettings.defaults()
        .with("network.name", "resnet-8")
        .with("network.width", 4)
        .with("training.epochs", 3)
        .with("training.global-batch-size", 16)
        .with("data.validation-examples", 20);
  }

  private static Dataset<Row> rows(int count, long seed) {
    return Discs.rows(spark, count, seed);
  }

  @Test
  void fromRowsOfImagesToPredictions() throws IOException {
    List<TrainingProgress> epochs = new ArrayList<>();
    TrainingObserver observer =
        new TrainingObserver() {
          @Override
          public void afterEpoch(TrainingProgress progress) {
            epochs.add(progress);
          }
        };
    Path images = folder.resolve("images");
    Trainer trainer =
        Trainer.on(spark)
            .settings(settings())
            .images(Images.rows(rows(180, 1), rows(40, 2), images.toString()))
            .observer(observer);
    TrainingResult result = trainer.train(folder.resolve("run"));

    assertThat(result.evaluation().examples()).isEqualTo(40);
    assertThat(result.evaluation().top1Accuracy()).isGreaterThan(Discs.LEARNED);
    assertThat(epochs).hasSize(3);
    assertThat(epochs.get(2).examplesSeen()).isEqualTo(3 * 160);
    assertThat(epochs.get(2).validationAccuracy()).isPresent();
    Path saved = folder.resolve("saved.zip");
    byte[] bright = Discs.image(true, new SplittableRandom(3));
    Prediction prediction;
    try (TrainedModel model = result.model()) {
      assertThat(model.classNames()).containsExactly("bright", "dark");
      prediction = model.predict(bright);
      model.save(saved);
    }
    assertThat(prediction.className()).isEqualTo("bright");
    assertThat(prediction.probabilities()).hasSize(2);

    // In another process, or years later.
    try (TrainedModel model = TrainedModel.load(saved)) {
      assertThat(model.predict(bright)).isEqualTo(prediction);
      ModelEvaluation again = model.evaluate(images.toString(), spark);
      assertThat(again.confusionMatrix()).isEqualTo(result.evaluation().confusionMatrix());
    }
  }

  @Tag("long")
  @Test
  void theSameSettingsGiveTheSameBitsFromAFolder() throws IOException {
    Path images = folder.resolve("images");
    Trainer trainer = Trainer.on(spark).settings(settings().with("training.epochs", 1));
    try (TrainedModel fromRows =
            trainer
                .images(Images.rows(rows(100, 1), rows(20, 2), images.toString()))
                .train(folder.resolve("rows"))
                .model();
        TrainedModel fromFolder =
            trainer
                .images(Images.ingested(images.toString()))
                .train(folder.resolve("folder"))
                .model()) {
      assertThat(FlatParameters.toBytes(fromFolder.graph().params()))
          .isEqualTo(FlatParameters.toBytes(fromRows.graph().params()));
    }
  }

  @Tag("long")
  @Test
  void withoutTestRowsTheValidationExamplesAreEvaluated() throws IOException {
    Trainer trainer = Trainer.on(spark).settings(settings().with("training.epochs", 1));
    Images.Rows rows = Images.rows(rows(60, 1), folder.resolve("images").toString());
    TrainingResult validated =
        trainer
            .images(rows.validation(new Images.Validation.Fraction(0.2)))
            .train(folder.resolve("run"));
    assertThat(validated.evaluation().split()).isEqualTo("validation");
    assertThat(validated.evaluation().examples()).isEqualTo(12);
    TrainingResult without =
        trainer
            .settings(settings().with("training.epochs", 1).with("data.validation-examples", 0))
            .images(Images.ingested(folder.resolve("images").toString()))
            .train(folder.resolve("run-without"));
    assertThat(without.evaluation().split()).isEqualTo("train");
    assertThat(without.evaluation().examples()).isEqualTo(60);
  }

  @Tag("long")
  @Test
  void badRowsAreRefusedWithTheirNumber() {
    Dataset<Row> training = rows(40, 1).unionAll(rows(1, 1).selectExpr("image", "null as label"));
    Path images = folder.resolve("images");
    assertThatThrownBy(
            () ->
                Trainer.on(spark)
                    .settings(settings())
                    .images(Images.rows(training, rows(20, 2), images.toString()))
                    .train(folder.resolve("run")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid column label: 1 of the train rows is null or in no training row (leave such rows out)");
    assertThatThrownBy(
            () ->
                Trainer.on(spark)
                    .settings(settings())
                    .images(
                        Images.rows(rows(40, 1), rows(20, 2), images.toString())
                            .columns("label", "image"))
                    .train(folder.resolve("run")))
        .hasMessageStartingWith("Invalid column image: it is of type binary");
    assertThat(images).doesNotExist();
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Tag("long")
  @Test
  void imagesOfSparksSchemaBecomeTheSamePixels() throws IOException {
    Dataset<Row> encoded = rows(32, 5).coalesce(1);
    List<Row> list = new ArrayList<>();
    encoded
        .collectAsList()
        .forEach(row -> list.add(RowFactory.create(Discs.pixels(row.getAs(0)), row.getString(1))));
    Dataset<Row> pixels =
        spark
            .createDataFrame(
                list,
                new StructType().add("image", Discs.SPARK_IMAGE).add("label", DataTypes.StringType))
            .coalesce(1);
    RunSettings one = settings().with("training.epochs", 1).with("data.validation-examples", 0);
    List<byte[]> models = new ArrayList<>();
    for (Dataset<Row> rows : List.of(encoded, pixels)) {
      String name = rows == encoded ? "encoded" : "pixels";
      try (TrainedModel model =
          Trainer.on(spark)
              .settings(one)
              .images(Images.rows(rows, rows, folder.resolve(name).toString()))
              .train(folder.resolve("run-" + name))
              .model()) {
        models.add(FlatParameters.toBytes(model.graph().params()));
      }
    }
    assertThat(models.get(1)).isEqualTo(models.get(0));
  }

  private static byte[] grey(boolean bright, int number) throws IOException {
    BufferedImage image = new BufferedImage(36, 20, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 20 * 36; i++) {
      int level = (bright ? 150 : 10) + i % 36 + number;
      image.getRaster().setSample(i % 36, Math.floorDiv(i, 36), 0, level);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "png", file);
    return file.toByteArray();
  }

  @Tag("long")
  @Test
  void greyImagesKeepOneChannelFromRowsToPredictions() throws IOException {
    List<Row> list = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      list.add(RowFactory.create(grey(i % 2 == 0, i), i % 2 == 0 ? "bright" : "dark"));
    }
    Dataset<Row> rows = spark.createDataFrame(list, rows(1, 1).schema()).coalesce(1);
    Path images = folder.resolve("images");
    RunSettings one =
        settings()
            .with("training.epochs", 1)
            .with("data.validation-examples", 0)
            .with("augmentation.cutout", 6)
            .with("augmentation.random-erasing.probability", 0.5)
            .with("augmentation.mixing.method", "cutmix");
    Trainer trainer = Trainer.on(spark).settings(one);
    assertThatThrownBy(
            () ->
                trainer
                    .images(
                        Images.rows(rows.unionAll(rows(1, 1)).coalesce(1), rows, images.toString()))
                    .train(folder.resolve("run")))
        .hasMessage(
            "Cannot ingest image in row 32 of partition 0: it is in colour, but the first is grey"
                + " (channels 3 stores all in colour, channels 1 all in grey)");

    TrainingResult result =
        trainer.images(Images.rows(rows, rows, images.toString())).train(folder.resolve("run"));

    assertThat(result.evaluation().examples()).isEqualTo(32);
    try (TrainedModel model = result.model()) {
      assertThat(model.predict(grey(true, 3)).probabilities()).hasSize(2);
      // As Pillow makes it grey, and resizes it.
      assertThat(model.predict(Discs.image(true, new SplittableRandom(3))).probabilities())
          .hasSize(2);
      assertThat(model.graph().getLayer("stem").getParam("W").shape()).containsExactly(4, 1, 3, 3);
      model.export(folder.resolve("model.onnx"));
    }
    assertThat(folder.resolve("model.onnx")).isNotEmptyFile();
    assertThatThrownBy(
            () ->
                Trainer.on(spark)
                    .settings(one.with("augmentation.auto-augment", true))
                    .images(Images.ingested(images.toString()))
                    .train(folder.resolve("coloured")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid auto-augment for images of 1 channel (must be 3, red, green and blue; switch"
                + " it off, or ingest the images with channels 3)");
    assertThat(folder.resolve("coloured")).doesNotExist();
  }

  @Tag("long")
  @Test
  void aNetworkOfOnesOwn() throws IOException {
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .activation(Activation.TANH)
            .graphBuilder()
            .addInputs("in")
            .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(4).build(), "in")
            .addLayer("pool", new SubsamplingLayer.Builder().build(), "conv")
            .addLayer("dense", new DenseLayer.Builder().nOut(8).build(), "pool")
            .addLayer(
                "out",
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
                "dense")
            .setOutputs("out")
            .build();
    RunSettings settings =
        RunSettings.defaults()
            .network("mine", configuration)
            .with("initialization.rule", "lsuv")
            .with("initialization.tuning.batch-size", 16)
            .with("training.epochs", 2)
            .with("training.global-batch-size", 16)
            .with("data.validation-examples", 20);
    Path images = folder.resolve("images");
    Path run = folder.resolve("run");
    Trainer trainer =
        Trainer.on(spark)
            .settings(settings)
            .images(Images.rows(rows(100, 1), rows(20, 2), images.toString()));

    TrainingResult result = trainer.train(run);
    // The run's own configuration holds the network.
    TrainingResult again =
        Trainer.on(spark).settings(RunSettings.load(run.resolve("config.conf"))).resume(run);

    assertThat(again.evaluation().confusionMatrix())
        .isEqualTo(result.evaluation().confusionMatrix());
    assertThat(run.resolve("initialization.csv")).content().contains("conv,").contains("dense,");
    try (TrainedModel model = TrainedModel.ofRun(run)) {
      assertThat(model.predict(Discs.image(true, new SplittableRandom(3))).probabilities())
          .hasSize(2);
      assertThat(model.evaluate(images.toString(), spark).confusionMatrix())
          .isEqualTo(result.evaluation().confusionMatrix());
      model.export(folder.resolve("model.onnx"));
    }
    assertThat(folder.resolve("model.onnx")).isNotEmptyFile();
  }

  /** The class is in the last channel alone, and in the middle of the image. */
  private static Dataset<Row> ofChannels(int channels, int count) {
    SplittableRandom random = new SplittableRandom(channels);
    List<Row> rows = new ArrayList<>();
    for (int image = 0; image < count; image++) {
      Integer[] values = new Integer[14 * 12 * channels];
      for (int i = 0; i < values.length; i++) {
        int row = i / channels / 12;
        int column = i / channels % 12;
        boolean middle = row >= 3 && row < 11 && column >= 2 && column < 10;
        int level = i % channels < channels - 1 ? 100 : middle == (image % 2 == 0) ? 200 : 20;
        values[i] = level + random.nextInt(50);
      }
      rows.add(RowFactory.create(values, image % 2 == 0 ? "bright" : "dark"));
    }
    return spark.createDataFrame(
        rows,
        new StructType()
            .add("image", DataTypes.createArrayType(DataTypes.IntegerType))
            .add("label", DataTypes.StringType));
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void twoAndFourChannelsOfWhichTheMiddleIsSeen(int channels) throws IOException {
    Path images = folder.resolve("images");
    TrainingResult result =
        Trainer.on(spark)
            .settings(
                settings()
                    .with("data.center-crop", 8)
                    .with("augmentation.crop-padding", 0)
                    .with("training.epochs", 8))
            .images(
                Images.rows(ofChannels(channels, 100), ofChannels(channels, 20), images.toString())
                    .shape(14, 12, channels)
                    .channels(channels))
            .train(folder.resolve("run"));

    assertThat(result.evaluation().top1Accuracy()).isGreaterThan(Discs.LEARNED);
    try (TrainedModel model = result.model()) {
      assertThat(model.graph().getLayer("stem").getParam("W").shape())
          .containsExactly(4, channels, 3, 3);
      assertThat(model.evaluate(images.toString(), spark).confusionMatrix())
          .isEqualTo(result.evaluation().confusionMatrix());
      model.export(folder.resolve("model.onnx"));
    }
    assertThat(
            ModelProto.parseFrom(Files.readAllBytes(folder.resolve("model.onnx")))
                .getMetadataPropsList())
        .anySatisfy(
            word -> {
              assertThat(word.getKey()).isEqualTo("resizing");
              assertThat(word.getValue()).isEqualTo("triangle-center-crop");
            });
    assertThat(images.resolve("manifest.json"))
        .content()
        .contains("\"channels\" : " + channels)
        .contains("\"height\" : 14");
  }

  @Tag("long")
  @Test
  void aProvidersNetworkWithDropoutIsTrainedResumedAndRead() throws IOException {
    RunSettings settings =
        RunSettings.defaults()
            .with("network.name", "tent-2")
            .with("training.epochs", 2)
            .with("training.global-batch-size", 16)
            .with("optimizer.learning-rate", 0.02)
            .with("data.validation-examples", 20);
    Path images = folder.resolve("images");
    Trainer trainer =
        Trainer.on(spark)
            .settings(settings)
            .images(Images.rows(rows(100, 1), rows(20, 2), images.toString()));
    Path run = folder.resolve("run");
    TrainingResult result = trainer.train(run);
    assertThat(run.resolve("initialization.csv")).content().contains("conv2,");
    try (TrainedModel model = TrainedModel.ofRun(run);
        TrainedModel again =
            trainer
                .images(Images.ingested(images.toString()))
                .train(folder.resolve("again"))
                .model()) {
      assertThat(model.evaluate(images.toString(), spark).confusionMatrix())
          .isEqualTo(result.evaluation().confusionMatrix());
      // What is dropped is a function of the seed, too.
      assertThat(FlatParameters.toBytes(again.graph().params()))
          .isEqualTo(FlatParameters.toBytes(model.graph().params()));
    }
    assertThatThrownBy(
            () ->
                trainer
                    .settings(settings.with("averaging.engine", "dl4j"))
                    .images(Images.ingested(images.toString()))
                    .train(folder.resolve("stock")))
        .hasMessage(
            "Unsupported: dropout in tent-2 with averaging.engine = dl4j (the fast layers drop nothing in DL4J's step; use averaging.engine = isonorm)");
  }

  @Tag("long")
  @Test
  void aNetworkWithoutAFastFormComputesWithDl4jsLayersWhereThatIsAskedFor() throws IOException {
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .activation(Activation.RELU)
            .graphBuilder()
            .addInputs("in")
            .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(6).stride(2, 2).build(), "in")
            .addLayer("lrn", new LocalResponseNormalization(), "conv")
            .addLayer(
                "out",
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
                "lrn")
            .setOutputs("out")
            .build();
    RunSettings refused =
        RunSettings.defaults()
            .network("alex", configuration)
            .with("training.epochs", 2)
            .with("training.global-batch-size", 16)
            .with("optimizer.learning-rate", 0.02)
            .with("data.validation-examples", 20);
    Path images = folder.resolve("images");
    Path run = folder.resolve("run");
    Images.Rows rows = Images.rows(rows(100, 1), rows(20, 2), images.toString());
    assertThatThrownBy(() -> Trainer.on(spark).settings(refused).images(rows).train(run))
        .hasMessageStartingWith("Unsupported layer: lrn (there is no fast form of");
    RunSettings settings = refused.with("network.fallback", "dl4j");
    List<String> lines = new ArrayList<>();
    TrainingResult result =
        Trainer.on(spark)
            .settings(settings)
            .images(Images.ingested(images.toString()))
            .progressLines(lines::add)
            .train(run);

    assertThat(result.evaluation().top1Accuracy()).isGreaterThan(Discs.LEARNED);
    assertThat(lines).anyMatch(line -> line.contains("computes with DL4J's own layers"));
    try (TrainedModel model = TrainedModel.ofRun(run)) {
      assertThat(model.evaluate(images.toString(), spark).confusionMatrix())
          .isEqualTo(result.evaluation().confusionMatrix());
      assertThat(model.predict(Discs.image(true, new SplittableRandom(3))).className())
          .isEqualTo("bright");
      assertThatThrownBy(() -> model.export(folder.resolve("model.onnx")))
          .hasMessageStartingWith("Unsupported export: alex computes with DL4J's own layers");
    }
    assertThatThrownBy(
            () ->
                Trainer.on(spark)
                    .settings(settings.with("optimizer.frozen", List.of("conv")))
                    .images(Images.ingested(images.toString()))
                    .train(folder.resolve("frozen")))
        .hasMessage(
            "Unsupported: optimizer.frozen = [conv] with network.fallback = dl4j (alex computes with DL4J's own layers; leave it out)");
  }

  @Test
  void saysWhichKeyIsWrong() {
    assertThatThrownBy(() -> RunSettings.defaults().with("training.epoch", 3).render())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("training.epoch")
        .hasMessageContaining("training.epochs");
  }
}
