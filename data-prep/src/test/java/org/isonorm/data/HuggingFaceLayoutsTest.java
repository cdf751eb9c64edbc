package org.isonorm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where Hugging Face's users keep their Parquet files, and what columns these have. */
class HuggingFaceLayoutsTest {
  private static final int SIZE = 4;

  private static final String STRUCT =
      "optional group image { optional binary bytes; optional binary path (STRING); }";

  private static final MessageType PLAIN = schema(STRUCT, "optional int64 label;");

  @TempDir Path folder;

  private static MessageType schema(String... columns) {
    return MessageTypeParser.parseMessageType(
        "message schema { %s }".formatted(String.join(" ", columns)));
  }

  /** Writes images whose numbers, and labels modulo 2, are those. */
  private void parquet(String name, MessageType schema, int first, int rows) throws IOException {
    Path file = folder.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
            .withType(schema)
            .build()) {
      for (int number = first; number < first + rows; number++) {
        Group row = new SimpleGroup(schema);
        Binary png = Binary.fromConstantByteArray(ImageFiles.png(SIZE, SIZE, number));
        if (schema.getType("image").isPrimitive()) {
          row.append("image", png);
        } else {
          row.addGroup("image").append("bytes", png);
        }
        if (schema.getType("label").asPrimitiveType().getPrimitiveTypeName()
            == PrimitiveTypeName.INT64) {
          row.append("label", number % 2L);
        } else {
          row.append("label", number % 2);
        }
        writer.write(row);
      }
    }
  }

  private DatasetManifest ingest() throws IOException {
    return Ingestion.run(
        IngestOptions.own(
                DatasetKind.HUGGINGFACE,
                folder.resolve("source").toString(),
                ImageFileSettings.DEFAULT,
                folder.resolve("out").toString())
            .withOverwrite(true),
        SparkTest.session());
  }

  /** The number of every image at positions, whose label and pixels are checked. */
  private int[] numbers(Split split, long from, long to) throws IOException {
    Shard shard =
        ShardReader.read(folder.resolve("out").toString(), split, from, to, Stored.HADOOP);
    int[] numbers = new int[shard.size()];
    for (int row = 0; row < numbers.length; row++) {
      int blue = shard.images()[row * shard.shape().size() + 2] & 0xff;
      numbers[row] = Math.floorDiv(blue, 11);
      assertThat(shard.labels()[row]).isEqualTo(numbers[row] % 2);
      int bytes = shard.shape().size();
      assertThat(Arrays.copyOfRange(shard.images(), row * bytes, (row + 1) * bytes))
          .isEqualTo(ImageFiles.pixels(SIZE, SIZE, numbers[row]));
    }
    return numbers;
  }

  private int[] sorted(Split split, long from, long to) throws IOException {
    return IntStream.of(numbers(split, from, to)).sorted().toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "data/train-00000-of-00001.parquet, data/validation-00000-of-00001.parquet, data/test-0.parquet",
    "train.parquet, val.parquet, test.parquet",
    "default/train/0000.parquet, default/validation/0000.parquet, default/test/0000.parquet",
    "flowers_train_v2.parquet, flowers_dev_v2.parquet, flowers_eval_v2.parquet",
    "Train/0.parquet, Valid/0.parquet, TEST/0.parquet"
  })
  void readsTheLayoutsThatHuggingFaceDatasetsReads(String train, String validation, String test)
      throws IOException {
    parquet(train, PLAIN, 0, 10);
    parquet(validation, PLAIN, 10, 5);
    parquet(test, PLAIN, 15, 4);

    DatasetManifest manifest = ingest();

    assertThat(manifest.validationExamples()).isEqualTo(5);
    assertThat(manifest.split(Split.TRAIN).examples()).isEqualTo(15);
    assertThat(sorted(Split.TRAIN, 0, 5)).containsExactly(10, 11, 12, 13, 14);
    assertThat(sorted(Split.TRAIN, 5, 15)).isEqualTo(IntStream.range(0, 10).toArray());
    assertThat(numbers(Split.TRAIN, 5, 15)).isNotEqualTo(IntStream.range(0, 10).toArray());
    assertThat(sorted(Split.TEST, 0, 4)).containsExactly(15, 16, 17, 18);
    assertThat(DatasetManifest.load(folder.resolve("out").toString(), Stored.HADOOP))
        .isEqualTo(manifest);
  }

  @Test
  void meanAndDeviationLeaveTheValidationExamplesOut() throws IOException {
    parquet("train.parquet", PLAIN, 0, 2);
    parquet("validation.parquet", PLAIN, 10, 5);
    parquet("test.parquet", PLAIN, 15, 4);
    double sum = 0;
    for (int number = 0; number < 2; number++) {
      byte[] pixels = ImageFiles.pixels(SIZE, SIZE, number);
      for (int i = 2; i < pixels.length; i += 3) {
        sum += pixels[i] & 0xff;
      }
    }
    assertThat(ingest().mean().get(2)).isEqualTo(sum / (255.0 * SIZE * SIZE * 2));
  }

  @Test
  void withoutTestFilesAShareOfEveryClassIsHeldOut() throws IOException {
    parquet("train-0.parquet", PLAIN, 0, 7);
    parquet("train-1.parquet", PLAIN, 7, 13);
    parquet("validation-0.parquet", PLAIN, 20, 2);

    DatasetManifest manifest = ingest();

    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(2L, 2L);
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(9L, 9L);
    assertThat(sorted(Split.TRAIN, 0, 2)).containsExactly(20, 21);
    assertThat(
            IntStream.concat(
                    IntStream.of(numbers(Split.TEST, 0, 4)),
                    IntStream.of(numbers(Split.TRAIN, 2, 18)))
                .sorted()
                .toArray())
        .isEqualTo(IntStream.range(0, 20).toArray());
  }

  @Test
  void filesOfNoSplitAreTrainingFiles() throws IOException {
    parquet("0000.parquet", PLAIN, 0, 12);
    parquet("0001.parquet", PLAIN, 12, 8);
    assertThat(ingest().split(Split.TRAIN).examples()).isEqualTo(16);
  }

  @Test
  void whatIsUnclearIsRefusedWithWhatWasFound() throws IOException {
    String source = folder.resolve("source").toString();
    parquet("test.parquet", PLAIN, 0, 4);
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest %s: it has test files alone (must have train-*.parquet)", source);
    parquet("more.parquet", PLAIN, 0, 4);
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest %s: it is unclear which split more.parquet is of (must be named after train, validation or test, as other files are)",
            source);
    Files.move(folder.resolve("source/more.parquet"), folder.resolve("source/train.parquet"));
    parquet("other/train.parquet", PLAIN, 0, 4);
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest %s: it holds several data sets, in itself, other (give one of these folders as --source)",
            source);
    parquet("other/train-test.parquet", PLAIN, 0, 4);
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessageEndingWith(
            "other/train-test.parquet is named after several splits (must name one of train, validation and test)");
  }

  @Test
  void columnsThatNobodyReadsMayHaveAnyName() throws IOException {
    Types.MessageTypeBuilder columns = Types.buildMessage();
    PLAIN.getFields().forEach(columns::addField);
    columns.addField(Types.optional(PrimitiveTypeName.DOUBLE).named("size (mm) {a};=b, c\n"));
    parquet("train.parquet", columns.named("schema"), 0, 4);
    parquet("test.parquet", PLAIN, 4, 2);
    assertThat(ingest().split(Split.TRAIN).examples()).isEqualTo(4);
  }

  @Test
  void anEmptyFirstFileIsPassedOver() throws IOException {
    parquet("train-0.parquet", PLAIN, 0, 0);
    parquet("train-1.parquet", PLAIN, 0, 4);
    parquet("test.parquet", PLAIN, 4, 2);
    ingest();
    assertThat(sorted(Split.TRAIN, 0, 4)).containsExactly(0, 1, 2, 3);
    Files.delete(folder.resolve("source/train-1.parquet"));
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest %s: its train files hold no rows", folder.resolve("source").toString());
  }

  @Test
  void otherFilesMayHaveOtherTypesForTheSame() throws IOException {
    parquet("train-0.parquet", PLAIN, 0, 3);
    parquet(
        "train-1.parquet",
        schema(
            "required int32 label;",
            "optional group image { optional binary path (STRING); required binary bytes; }"),
        3,
        3);
    parquet("test.parquet", schema("optional int32 label;", "required binary image;"), 6, 2);
    ingest();
    assertThat(sorted(Split.TRAIN, 0, 6)).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(sorted(Split.TEST, 0, 2)).containsExactly(6, 7);
  }

  private void write(String name, MessageType schema) throws IOException {
    Path file = folder.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
        .withType(schema)
        .build()
        .close();
  }

  @Test
  void columnsOfTheWrongTypeAreNamed() throws IOException {
    write("train.parquet", schema("optional int64 image;", "optional int64 label;"));
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest train.parquet: its column image is of type int64 (must be an image: its file's bytes, or a struct that holds them in bytes)");
    Files.delete(folder.resolve("source/train.parquet"));
    write("train.parquet", schema(STRUCT, STRUCT.replace("image", "label")));
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessage(
            "Cannot ingest train.parquet: its column label is a group of bytes, path (must be a whole number; datasets' class_encode_column makes one of text)");
    Files.delete(folder.resolve("source/train.parquet"));
    write("train.parquet", schema(STRUCT, "optional binary label (STRING);"));
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessageStartingWith("Cannot ingest train.parquet: its column label is text (must be");
    Files.delete(folder.resolve("source/train.parquet"));
    write("train.parquet", schema("optional binary picture;", "optional int64 species;"));
    assertThatIOException()
        .isThrownBy(this::ingest)
        .withMessageStartingWith(
            "Cannot ingest train.parquet: it has no column img or image, but picture, species (");
  }

  @Test
  void anUnknownCompressionIsNamedWithItsRemedy() {
    assertThatIOException()
        .isThrownBy(
            () ->
                Unreadable.inOneSentence(
                    "x.parquet",
                    () ->
                        new CodecFactory(Stored.HADOOP, 1)
                            .getDecompressor(CompressionCodecName.BROTLI)))
        .withMessage(
            "Cannot read x.parquet: its compression, Brotli, has no reader here (write it again as zstd or snappy: pyarrow.parquet.write_table(table, file, compression='zstd'))");
  }

  @Test
  void aNativeLibraryThatCannotBeLoadedIsNamedWithItsRemedy() {
    assertThatIOException()
        .isThrownBy(
            () ->
                Unreadable.inOneSentence(
                    "x.parquet",
                    () -> {
                      throw new UnsatisfiedLinkError("libsnappyjava.so: failed to map segment");
                    }))
        .withMessage(
            "Cannot read x.parquet: its compression needs a native library, which cannot be loaded from %s: libsnappyjava.so: failed to map segment (if it is mounted noexec, name another folder for driver and executors: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR)",
            System.getProperty("java.io.tmpdir"));
  }

  @Tag("long")
  @Test
  void sameSeedSameStoredOrder() throws IOException {
    parquet("train.parquet", PLAIN, 0, 20);
    parquet("val.parquet", PLAIN, 0, 4);
    ingest();
    int[] first = numbers(Split.TRAIN, 0, 20);
    ingest();
    assertThat(numbers(Split.TRAIN, 0, 20)).isEqualTo(first);
  }
}
