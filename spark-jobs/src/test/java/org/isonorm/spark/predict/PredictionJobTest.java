package org.isonorm.spark.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.example.Discs;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PredictionJobTest {
  /** Of probabilities that the same kernels computed in batches of another size. */
  private static final double ROUNDING = 1e-6;

  private static final StructType ENCODED = new StructType().add("image", DataTypes.BinaryType);

  private static SparkSession spark;

  @TempDir Path folder;
  private Path model;
  private Path images;
  private Path out;
  private final List<String> lines = new ArrayList<>();

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  @BeforeEach
  void save() throws IOException {
    model = Models.save(folder.resolve("run"));
    images = folder.resolve("images");
    out = folder.resolve("out");
  }

  private Path image(String name, byte[] content) throws IOException {
    Path file = images.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private PredictionRequest of(Path input) {
    return PredictionRequest.of(model, input.toString(), out.toString());
  }

  private PredictionSummary predict(PredictionRequest request) throws IOException {
    return PredictionJob.run(request, spark, lines::add);
  }

  private List<Row> rows() {
    return spark.read().parquet(out.toString()).collectAsList();
  }

  private List<Score> expected(List<byte[]> files) throws IOException {
    try (LocalScorer scorer = LocalScorer.of(ScoringModel.load(model))) {
      List<RawImage> named = new ArrayList<>();
      files.forEach(file -> named.add(new RawImage.Encoded(file, "it")));
      return scorer.score(named);
    }
  }

  private static void assertPredicts(Row row, Score score) {
    List<String> classes = Models.CARD.classNames();
    assertThat(row.<String>getAs("prediction")).isEqualTo(classes.get(score.best()));
    assertThat(row.<Double>getAs("probability"))
        .isCloseTo(
            score.probabilities()[score.best()], org.assertj.core.data.Offset.offset(ROUNDING));
    assertThat(row.<String>getAs("error")).isNull();
  }

  @Test
  void aFolderHoweverNestedBecomesARowAFile() throws IOException {
    List<byte[]> files = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String name : List.of("a.png", "b c.png", "cats/deep/er/x.png", "cats/ü.png")) {
      files.add(Models.png(4 + files.size(), 9, files.size()));
      names.add(image(name, files.get(files.size() - 1)).toString());
    }
    image("cats/readme.txt", new byte[3]);
    image("cats/.hidden.png", new byte[3]);
    Path broken = image("dogs/broken.png", new byte[] {1, 2, 3});

    PredictionSummary summary = predict(of(images));

    assertThat(summary.examples()).isEqualTo(5);
    assertThat(summary.unreadable()).isEqualTo(1);
    assertThat(summary.imagesPerSecond()).isPositive();
    assertThat(summary.runningImagesPerSecond()).isNull();
    assertThat(summary.inferenceImagesPerSecond()).isPositive();
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("Cannot read image file:" + broken + ": it ");
    Map<String, Row> rows =
        rows().stream().collect(Collectors.toMap(row -> row.getAs("path"), row -> row));
    assertThat(rows).hasSize(5);
    List<Score> scores = expected(files);
    for (int i = 0; i < names.size(); i++) {
      assertPredicts(rows.get(names.get(i)), scores.get(i));
      assertThat(rows.get(names.get(i)).<Long>getAs("index")).isNull();
    }
    Row bad = rows.get(broken.toString());
    assertThat(bad.<String>getAs("error")).isEqualTo(lines.get(0));
    assertThat(bad.<String>getAs("prediction")).isNull();
    assertThat(bad.<Double>getAs("probability")).isNull();
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("run", "images", "out");
    }
  }

  @Test
  void oneImageIsEnough() throws IOException {
    byte[] file = Models.png(6, 6, 3);
    Path only = image("x.png", file);
    image("y.png", Models.png(6, 6, 4));
    assertThat(predict(of(only)).examples()).isEqualTo(1);
    assertPredicts(rows().get(0), expected(List.of(file)).get(0));
  }

  @Tag("long")
  @Test
  void theMostProbableClassesComeInOrderAndFormatsAgree() throws IOException {
    byte[] file = Models.png(6, 6, 5);
    Path only = image("one.png", file);
    image("bad.png", new byte[0]);
    Score score = expected(List.of(file)).get(0);
    List<Integer> best = score.top(2);
    String first = Models.CARD.classNames().get(best.get(0));
    String second = Models.CARD.classNames().get(best.get(1));

    predict(of(images).withFormat(PredictionFormat.PARQUET, 2));
    Row row =
        rows().stream()
            .filter(each -> each.<String>getAs("path").equals(only.toString()))
            .findFirst()
            .orElseThrow();
    List<Row> top = row.getList(row.fieldIndex("top"));
    assertThat(top).extracting(each -> each.getString(0)).containsExactly(first, second);
    double probability = row.getAs("probability");
    double runnerUp = top.get(1).getDouble(1);
    assertThat(top.get(0).getDouble(1)).isEqualTo(probability);
    assertThat(runnerUp).isLessThanOrEqualTo(probability).isPositive();

    predict(of(images).withFormat(PredictionFormat.JSONL, 2).withOverwrite(true));
    assertThat(text(".json"))
        .contains(
            "{\"path\":\"%s\",\"prediction\":\"%s\",\"probability\":%s,\"top\":[{\"class\":\"%s\",\"probability\":%s},{\"class\":\"%s\",\"probability\":%s}]}"
                .formatted(only, first, probability, first, probability, second, runnerUp))
        .anyMatch(line -> line.matches("\\{\"path\":\".*bad.png\",\"error\":\".*it is empty\"}"));

    predict(of(images).withFormat(PredictionFormat.CSV, 2).withOverwrite(true));
    assertThat(text(".csv"))
        .contains("path,index,prediction,probability,class_2,probability_2,error")
        .contains("%s,,%s,%s,%s,%s,".formatted(only, first, probability, second, runnerUp));
  }

  private List<String> text(String suffix) throws IOException {
    List<String> text = new ArrayList<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.filter(each -> each.toString().endsWith(suffix)).toList()) {
        if (!file.getFileName().toString().startsWith(".")
            && !file.getFileName().toString().startsWith("_")) {
          text.addAll(Files.readAllLines(file));
        }
      }
    }
    return text;
  }

  @Tag("long")
  @Test
  void parquetOfEncodedImagesKeepsTheNumbersOfItsRows() throws IOException {
    List<byte[]> files = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      files.add(Models.png(6, 6, i));
      rows.add(RowFactory.create(i, i == 70 ? null : RowFactory.create("x.png", files.get(i))));
    }
    StructType struct =
        new StructType().add("path", DataTypes.StringType).add("bytes", DataTypes.BinaryType);
    spark
        .createDataFrame(rows, new StructType().add("id", DataTypes.IntegerType).add("img", struct))
        .coalesce(1)
        .write()
        .parquet(images.resolve("default/train").toString());
    PredictionSummary summary = predict(of(images.resolve("default")));
    assertThat(summary.examples()).isEqualTo(150);
    assertThat(summary.unreadable()).isEqualTo(1);
    List<Row> predicted = rows();
    List<Score> scores = expected(files);
    for (int i = 0; i < 150; i++) {
      assertThat(predicted.get(i).<Long>getAs("index")).isEqualTo(i);
      assertThat(predicted.get(i).<String>getAs("path"))
          .startsWith(images.toString())
          .endsWith(".parquet");
      if (i != 70) {
        assertPredicts(predicted.get(i), scores.get(i));
      }
    }
    assertThat(predicted.get(70).<String>getAs("error"))
        .startsWith("Cannot read image 70 of /")
        .endsWith(".parquet: it is null");
  }

  @Tag("long")
  @Test
  void sparksImagesAreReadAsTheirFiles() throws IOException {
    byte[] file = Models.png(11, 7, 4);
    byte[] rgb = DecodedImage.decode(file, "it").pixels();
    byte[] bgr = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      bgr[i] = rgb[i - i % 3 + 2 - i % 3];
    }
    Path table = folder.resolve("table");
    spark
        .createDataFrame(
            List.of(
                RowFactory.create(RowFactory.create("x.png", 7, 11, 3, 16, bgr)),
                RowFactory.create(RowFactory.create("y.png", -1, -1, -1, -1, new byte[0]))),
            new StructType().add("photo", Discs.SPARK_IMAGE))
        .coalesce(1)
        .write()
        .parquet(table.toString());
    predict(of(table).withColumn("photo"));
    assertPredicts(rows().get(0), expected(List.of(file)).get(0));
    assertThat(rows().get(1).<String>getAs("error")).contains("Spark could not decode it");
    assertThatThrownBy(() -> predict(of(table).withColumn("foto").withOverwrite(true)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid column: foto (the rows have photo)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIngestedDataSetIsPredictedWholeOrASplit(boolean encoded) throws IOException {
    for (int i = 0; i < 12; i++) {
      image((i % 2 == 0 ? "cat/" : "dog/") + i + ".png", Models.png(9, 9, i));
    }
    Path stored = folder.resolve("stored");
    Ingestion.run(
        IngestOptions.own(
                DatasetKind.FOLDER,
                images.toString(),
                new ImageFileSettings(Models.SIDE, 0.5).withKeepEncoded(encoded),
                stored.toString())
            .withFiles(2),
        spark);
    assertThat(predict(of(stored)).examples()).isEqualTo(12);
    List<Row> all = rows();
    assertThat(all).extracting(row -> row.<String>getAs("error")).containsOnlyNulls();
    assertThat(predict(of(stored.resolve("test")).withOverwrite(true)).examples()).isEqualTo(6);
    List<Row> test = rows();
    assertThat(test).extracting(row -> row.<Long>getAs("index")).contains(0L, 5L);
    assertThat(all).containsAll(test);
    // The same images, resized by prediction and not by ingestion.
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      files.add(Models.png(9, 9, i));
    }
    List<Double> fromFiles =
        expected(files).stream()
            .map(score -> (double) score.probabilities()[score.best()])
            .toList();
    for (Row row : all) {
      assertThat(fromFiles)
          .anyMatch(p -> Math.abs(p - row.<Double>getAs("probability")) < ROUNDING);
    }
  }

  @Test
  void nothingIsOverwrittenUnasked() throws IOException {
    image("x.png", Models.png(6, 6, 1));
    predict(of(images));
    assertThatThrownBy(() -> predict(of(images)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("exists (replace it with --overwrite, or choose another)");
    predict(of(images).withOverwrite(true));
    PredictionRequest over =
        PredictionRequest.of(model, images.toString(), images.toString()).withOverwrite(true);
    assertThatThrownBy(() -> predict(over))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "images is not a folder of predictions, so it is not overwritten (choose another)");
  }

  @Test
  void whatCannotBePredictedIsOneSentenceAndLeavesNothing() throws IOException {
    assertThatThrownBy(() -> predict(of(images)))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot predict %s: it does not exist", images);
    image("readme.txt", new byte[1]);
    assertThatThrownBy(() -> predict(of(images)))
        .hasMessageStartingWith(
            "Cannot predict %s: there is no image file in it".formatted(images));
    image("x.png", Models.png(6, 6, 1));
    assertThatThrownBy(() -> predict(of(images).withColumn("image")))
        .hasMessage(
            "Invalid --image-column: image (%s holds no Parquet file; leave it out)", images);
    assertThatThrownBy(() -> predict(of(images).withFormat(PredictionFormat.CSV, 4)))
        .hasMessage("Invalid --top: 4 (must be at most 3, the model's classes)");
    Path table = folder.resolve("table");
    spark
        .createDataFrame(
            List.of(RowFactory.create("x")), new StructType().add("name", DataTypes.StringType))
        .write()
        .parquet(table.toString());
    assertThatThrownBy(() -> predict(of(table)))
        .hasMessageStartingWith(
            "Cannot predict %s: it has no column of images, but name (".formatted(table));
    assertThatThrownBy(() -> predict(of(table).withColumn("name")))
        .hasMessageStartingWith(
            "Invalid column name: it is of type string (must be the bytes of image files, ");
    assertThatThrownBy(() -> predict(of(table).withColumn("image")))
        .hasMessage("Invalid column: image (the rows have name)");
    Path checkpoint = folder.resolve("run/checkpoints/last.zip");
    assertThatThrownBy(
            () -> predict(PredictionRequest.of(checkpoint, images.toString(), out.toString())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("take model.zip of a run of this version, not a checkpoint");
    assertThat(out).doesNotExist();
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside.filter(path -> path.getFileName().toString().startsWith("."))).isEmpty();
    }
  }

  @Tag("long")
  @Test
  void rowsOfDamagedFilesAreCountedAndNamed() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(RowFactory.create((Object) Models.png(3, 3, i)));
    }
    for (String name : List.of("a", "b", "c", "d")) {
      spark
          .createDataFrame(name.equals("d") ? rows.subList(0, 5) : rows, ENCODED)
          .coalesce(1)
          .write()
          .option("compression", "none")
          .option("parquet.block.size", 1_000)
          .parquet(images.resolve(name).toString());
    }
    Path whole = part("b");
    Path middle = part("c");
    BlockMetaData second = blocks(middle).get(1);
    byte[] bytes = Files.readAllBytes(middle);
    // In an image of the second row group: no reader of Parquet sees it but by the checksum.
    bytes[Math.toIntExact(second.getStartingPos() + second.getCompressedSize() - 5)] ^= 1;
    Files.write(middle, bytes);
    // The first, whose columns Spark would take for those of all.
    Path cut = part("a");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 900));
    try (Stream<Path> hidden = Files.walk(images)) {
      // Hadoop's own checksums would find it first.
      for (Path file : hidden.filter(path -> path.toString().endsWith(".crc")).toList()) {
        Files.delete(file);
      }
    }

    PredictionSummary summary = predict(of(images));

    long read = blocks(whole).get(0).getRowCount();
    assertThat(read).isLessThan(300);
    assertThat(summary.examples()).isEqualTo(300 + 300 + 1 + 5);
    assertThat(summary.runningImagesPerSecond()).isPositive();
    assertThat(summary.unreadable()).isEqualTo(300 - read + 1);
    assertThat(lines)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("Cannot read %s: it is damaged (".formatted(cut)),
            line ->
                assertThat(line)
                    .startsWith(
                        "Cannot read rows %d to 299 of %s: it is damaged ("
                            .formatted(read, middle)));
    assertThat(summary.firstUnreadable()).isEqualTo(lines);
    Map<String, List<Row>> byFile =
        rows().stream().collect(Collectors.groupingBy(row -> row.getAs("path")));
    assertThat(byFile.get(whole.toString())).hasSize(300).allMatch(row -> row.isNullAt(4));
    List<Row> ofMiddle = new ArrayList<>(byFile.get(middle.toString()));
    ofMiddle.sort(Comparator.comparingLong(row -> row.getAs("index")));
    assertThat(ofMiddle)
        .extracting(row -> row.<Long>getAs("index"))
        .containsExactlyElementsOf(LongStream.range(0, 300).boxed().toList());
    assertThat(ofMiddle).filteredOn(row -> row.isNullAt(4)).hasSize(Math.toIntExact(read));
    assertThat(ofMiddle.get(299).<String>getAs("error"))
        .startsWith("Cannot read row 299 of %s: it is damaged (".formatted(middle));
    assertThat(byFile.get(cut.toString()))
        .singleElement()
        .satisfies(row -> assertThat(row.<String>getAs("error")).isEqualTo(lines.get(0)));

    // Nothing else is there.
    assertThatThrownBy(() -> predict(of(cut).withOverwrite(true)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(cut.toString());
  }

  private Path part(String name) throws IOException {
    try (Stream<Path> files = Files.list(images.resolve(name))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
  }

  private static List<BlockMetaData> blocks(Path file) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(
                new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
      return reader.getFooter().getBlocks();
    }
  }

  @Test
  void largeImagesNeedAWord() throws IOException {
    image("x.png", Models.png(6, 6, 1));
    PredictionRequest request = of(images).withMaxPixels(35);
    assertThat(predict(request).unreadable()).isEqualTo(1);
    assertThat(lines)
        .singleElement()
        .asString()
        .endsWith(
            "it has 6×6 pixels (must be at most 35 in all; raise max-pixels if you trust it)");
    assertThat(predict(request.withMaxPixels(36).withOverwrite(true)).unreadable()).isZero();
    assertThatThrownBy(() -> request.withMaxPixels(0))
        .hasMessage("Invalid --max-pixels: 0 (must be > 0)");
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(PredictionFormat.class)
  void aFullDiskIsSaidOfTheOutput(PredictionFormat format) throws IOException {
    image("x.png", Models.png(6, 6, 1));
    String full = FullDisk.SCHEME + ":" + out;
    spark
        .sparkContext()
        .hadoopConfiguration()
        .setClass("fs.full.impl", FullDisk.class, FileSystem.class);

    assertThatThrownBy(
            () ->
                predict(PredictionRequest.of(model, images.toString(), full).withFormat(format, 1)))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot write to %s: No space left on device (make it writable or free some space there, or choose another)",
            full);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("run", "images");
  }

  @Test
  void aTableWithoutRowsIsPredictedAsNothing() throws IOException {
    Path table = folder.resolve("table");
    spark.createDataFrame(List.of(), ENCODED).write().parquet(table.toString());
    assertThat(predict(of(table)).examples()).isZero();
    assertThat(rows()).isEmpty();
  }

  @Test
  void namesOfFormatsAreChecked() {
    assertThat(PredictionFormat.parse("jsonl")).isEqualTo(PredictionFormat.JSONL);
    assertThatThrownBy(() -> PredictionFormat.parse("parket"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid --format: parket (did you mean parquet?");
  }
}
