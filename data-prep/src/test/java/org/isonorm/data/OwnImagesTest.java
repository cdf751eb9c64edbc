package org.isonorm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.isonorm.data.ingestion.ExampleFile;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ExampleStream;
import org.isonorm.data.reading.RowOrder;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.ImageSize;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.ImageFileSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ingestion of image folders and of the Hugging Face layout. */
class OwnImagesTest {
  private static final int HEIGHT = 6;
  private static final int WIDTH = 10;

  private static final MessageType CIFAR10_SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional group img { optional binary bytes; optional binary path (STRING); }
            optional int64 label;
          }
          """);

  private static final MessageType CIFAR100_SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional group img { optional binary bytes; optional binary path (STRING); }
            optional int64 fine_label;
            optional int64 coarse_label;
          }
          """);

  @TempDir Path folder;

  private DatasetManifest ingest(DatasetKind kind, ImageFileSettings settings, long seed)
      throws IOException {
    Path source = folder.resolve("source");
    Path out = folder.resolve("out");
    return Ingestion.run(
        IngestOptions.own(kind, source.toString(), settings, out.toString())
            .withFiles(2)
            .withSeed(seed)
            .withOverwrite(true),
        SparkTest.session());
  }

  private DatasetManifest ingest(DatasetKind kind) throws IOException {
    return ingest(kind, ImageFileSettings.DEFAULT, 1);
  }

  private Shard read(DatasetManifest manifest, Split split) throws IOException {
    return ShardReader.read(
        folder.resolve("out").toString(),
        split,
        0,
        manifest.split(split).examples(),
        Stored.HADOOP);
  }

  /** The number, which is in its blue channel, of every image of a shard, by index. */
  private static List<Integer> numbers(Shard shard) {
    Integer[] numbers = new Integer[shard.size()];
    for (int row = 0; row < shard.size(); row++) {
      int blue = shard.images()[row * shard.shape().size() + 2] & 0xff;
      numbers[(int) shard.indices()[row]] = Math.floorDiv(blue, 11);
    }
    return Arrays.asList(numbers);
  }

  private void image(String name, int number) throws IOException {
    image(name, ImageFiles.png(HEIGHT, WIDTH, number));
  }

  private void image(String name, byte[] content) throws IOException {
    Path file = folder.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  @Test
  void aFolderWithTrainAndTestKeepsItsSplitAndItsImages() throws IOException {
    image("train/dog/b.png", 2);
    image("train/dog/a.PNG", 1);
    image("train/cat/z.png", 0);
    image("train/cat/.hidden.png", new byte[3]);
    image("train/cat/notes.txt", new byte[3]);
    image("test/dog/a.png", 3);
    image("test/dog/c.png", 4);

    DatasetManifest manifest = ingest(DatasetKind.FOLDER);

    assertThat(manifest.dataset()).isEqualTo("folder");
    assertThat(manifest.classNames()).containsExactly("cat", "dog");
    assertThat(manifest.shape()).isEqualTo(new ImageShape(HEIGHT, WIDTH, 3));
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(1L, 2L);
    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(0L, 2L);
    assertThat(manifest.sources())
        .extracting(SourceFile::name)
        .containsExactly("train/cat", "train/dog", "test/dog");
    Shard train = read(manifest, Split.TRAIN);
    assertThat(numbers(train)).containsExactly(0, 1, 2);
    for (int row = 0; row < train.size(); row++) {
      int number = (int) train.indices()[row];
      assertThat(train.labels()[row]).isEqualTo(number == 0 ? 0 : 1);
      assertThat(
              Arrays.copyOfRange(
                  train.images(), row * train.shape().size(), (row + 1) * train.shape().size()))
          .isEqualTo(ImageFiles.pixels(HEIGHT, WIDTH, number));
    }
    assertThat(numbers(read(manifest, Split.TEST))).containsExactly(3, 4);
  }

  @Test
  void filesThatAreKeptGiveThePixelsThatWouldHaveBeenStored() throws IOException {
    for (int i = 0; i < 12; i++) {
      // Of many sizes, one of them the stored one; some of them grey.
      byte[] file =
          i % 3 == 2
              ? ImageFiles.greyPng(5 + i, 9, i)
              : ImageFiles.encode(ImageFiles.picture(4 + i, 7, i), i % 3 == 0 ? "png" : "jpg");
      image("%s/%02d.%s".formatted(i < 6 ? "a" : "b", i, i % 3 == 1 ? "jpg" : "png"), file);
    }
    ImageFileSettings pixels =
        ImageFileSettings.DEFAULT.withSize(new ImageSize(5, 7)).withUpright(false);
    DatasetManifest asPixels = ingest(DatasetKind.FOLDER, pixels, 1);
    Shard stored = read(asPixels, Split.TRAIN);
    DatasetManifest asFiles = ingest(DatasetKind.FOLDER, pixels.withKeepEncoded(true), 1);
    Shard kept = read(asFiles, Split.TRAIN);

    assertThat(asFiles.isEncoded()).isTrue();
    assertThat(asPixels.isEncoded()).isFalse();
    assertThat(asFiles.mean()).isEqualTo(asPixels.mean());
    assertThat(asFiles.std()).isEqualTo(asPixels.std());
    assertThat(asFiles.splits()).isEqualTo(asPixels.splits());
    assertThat(asPixels.imageBytes()).isEqualTo(5 * 7 * 3);
    assertThat(asFiles.imageBytes()).isGreaterThan(5 * 7 * 3);
    assertThat(kept.images()).isEqualTo(stored.images());
    assertThat(kept.labels()).isEqualTo(stored.labels());
    assertThat(kept.indices()).isEqualTo(stored.indices());

    ExampleStream stream =
        ExampleStream.open(
            asFiles,
            folder.resolve("out").toString(),
            Split.TRAIN,
            asFiles.split(Split.TRAIN).positions(),
            new RowOrder.Stored(),
            Stored.HADOOP);
    assertThat(stream.read(0, 0, stored.size()).images()).isEqualTo(stored.images());
  }

  @Test
  void aKeptFileThatIsDamagedLaterIsNamed() throws IOException {
    for (int i = 0; i < 4; i++) {
      image("%s/%d.png".formatted(i < 2 ? "a" : "b", i), i);
    }
    DatasetManifest manifest =
        ingest(DatasetKind.FOLDER, ImageFileSettings.DEFAULT.withKeepEncoded(true), 1);
    Path part = folder.resolve("out/train/part-00000.parquet");
    Files.delete(part);
    try (ParquetWriter<Example> writer =
        ExampleFile.create(
            new org.apache.hadoop.fs.Path(part.toString()),
            Stored.HADOOP,
            /* coarseLabels= */ false)) {
      writer.write(new Example(0, Arrays.copyOf(ImageFiles.png(HEIGHT, WIDTH, 0), 60), 0, 0));
    }
    assertThatIOException()
        .isThrownBy(() -> read(manifest, Split.TRAIN))
        .withMessageStartingWith("Cannot read image 0 of " + folder.resolve("out") + "/train: it ");
  }

  @Test
  void aFolderWithoutASplitHoldsOutAFractionOfEveryClassByTheSeed() throws IOException {
    for (int i = 0; i < 20; i++) {
      image("%s/%02d.png".formatted(i < 12 ? "many" : "some", i), i);
    }
    ImageFileSettings quarter = new ImageFileSettings(0, 0.25);

    DatasetManifest manifest = ingest(DatasetKind.FOLDER, quarter, 1);

    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(3L, 2L);
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(9L, 6L);
    List<Integer> test = numbers(read(manifest, Split.TEST));
    List<Integer> all = new ArrayList<>(test);
    all.addAll(numbers(read(manifest, Split.TRAIN)));
    assertThat(all).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20).boxed().toList());
    assertThat(numbers(read(ingest(DatasetKind.FOLDER, quarter, 1), Split.TEST))).isEqualTo(test);
    assertThat(numbers(read(ingest(DatasetKind.FOLDER, quarter, 2), Split.TEST)))
        .isNotEqualTo(test);
  }

  @Test
  void imagesOfSeveralSizesAreResizedWhenAskedAndElseNamed() throws IOException {
    image("train/a/1.png", 1);
    image("train/a/2.jpg", ImageFiles.encode(ImageFiles.picture(33, 20, 2), "jpg"));
    image("train/b/3.png", 3);
    image("test/a/4.png", 4);
    image("test/b/5.png", 5);

    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageStartingWith("Cannot ingest image file:")
        .withMessageEndingWith(
            "train/a/2.jpg: it is 20×33 pixels, but the first is 10×6 (image-size resizes all of"
                + " them)");

    DatasetManifest manifest =
        ingest(
            DatasetKind.FOLDER,
            new ImageFileSettings(8, ImageFileSettings.DEFAULT_TEST_FRACTION),
            1);
    assertThat(manifest.shape()).isEqualTo(new ImageShape(8, 8, 3));
    Shard test = read(manifest, Split.TEST);
    byte[] expected =
        Resampling.of(new ImageShape(HEIGHT, WIDTH, 3), 8, 8)
            .resize(ImageFiles.pixels(HEIGHT, WIDTH, 4));
    int row = test.labels()[0] == 0 ? 0 : 1;
    assertThat(Arrays.copyOfRange(test.images(), row * 192, (row + 1) * 192)).isEqualTo(expected);
  }

  @Test
  void theFirstImageSaysWhetherGreyStaysOneChannel() throws IOException {
    for (String name : List.of("train/a/2.png", "train/b/3.png", "test/a/4.png", "test/b/5.png")) {
      image(name, ImageFiles.greyPng(HEIGHT, WIDTH, 50));
    }
    DatasetManifest grey = ingest(DatasetKind.FOLDER);
    assertThat(grey.shape()).isEqualTo(new ImageShape(HEIGHT, WIDTH, 1));
    assertThat(grey.mean().get(0)).isCloseTo((50 + 59 / 2.0) / 255, offset(1e-12));
    assertThat(read(grey, Split.TEST).images()).startsWith(50, 51, 52);

    image("test/b/6.png", 6);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageStartingWith("Cannot ingest image file:")
        .withMessageEndingWith(
            "test/b/6.png: it is in colour, but the first is grey (channels 3 stores all in colour,"
                + " channels 1 all in grey)");
    ImageFileSettings one = ImageFileSettings.DEFAULT.withChannels(ChannelChoice.ONE);
    Shard test = read(ingest(DatasetKind.FOLDER, one, 1), Split.TEST);
    DecodedImage colours =
        new DecodedImage(new ImageShape(HEIGHT, WIDTH, 3), ImageFiles.pixels(HEIGHT, WIDTH, 6));
    assertThat(image(test, 2)).isEqualTo(colours.withChannels(1).pixels());

    image("train/a/1.png", 1);
    DatasetManifest colour = ingest(DatasetKind.FOLDER);
    assertThat(colour.shape()).isEqualTo(new ImageShape(HEIGHT, WIDTH, 3));
    byte[] tripled = image(read(colour, Split.TEST), 0);
    assertThat(tripled).startsWith(50, 50, 50, 51, 51, 51);
    ImageFileSettings three = ImageFileSettings.DEFAULT.withChannels(ChannelChoice.THREE);
    assertThat(read(ingest(DatasetKind.FOLDER, three, 1), Split.TEST).images())
        .isEqualTo(read(colour, Split.TEST).images());
  }

  /** The image of an index. */
  private static byte[] image(Shard shard, int index) {
    int size = shard.shape().size();
    for (int row = 0; row < shard.size(); row++) {
      if (shard.indices()[row] == index) {
        return Arrays.copyOfRange(shard.images(), row * size, (row + 1) * size);
      }
    }
    throw new IllegalArgumentException("Invalid index: " + index);
  }

  @Test
  void theManifestSaysHowImagesWereTurned() throws IOException {
    for (String name : List.of("train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png")) {
      image(name, 1);
    }
    assertThat(ingest(DatasetKind.FOLDER).exif()).isEqualTo(ExifPolicy.UPRIGHT);
    ImageFileSettings asStored =
        new ImageFileSettings(0, ImageFileSettings.DEFAULT_TEST_FRACTION).withUpright(false);
    assertThat(ingest(DatasetKind.FOLDER, asStored, 1).exif()).isEqualTo(ExifPolicy.IGNORE);
    assertThat(Files.readString(folder.resolve("out/manifest.json")))
        .contains("\"exif\" : \"ignore\",");
  }

  @Test
  void aFolderThatIsNoDatasetIsNamedWithWhatIsMissing() throws IOException {
    String source = folder.resolve("source").toString();
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessage("Cannot ingest %s: file:%s does not exist", source, source);
    image("cat/1.png", 1);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageStartingWith("Cannot ingest %s: it has 1 class folders", source);
    Files.createDirectories(folder.resolve("source/dog"));
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessage(
            "Cannot ingest %s: class folder dog holds no image file (.png, .jpg, .jpeg, .webp, .gif, .bmp, .tif, .tiff)",
            source);
    image("dog/1.png", new byte[] {1, 2, 3});
    image("cat/2.png", 2);
    image("dog/2.png", 3);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER, new ImageFileSettings(4, 0.5), 1))
        .withMessageStartingWith("Cannot read image file:")
        .withMessageEndingWith(
            "dog/1.png: it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)");
  }

  @ParameterizedTest
  @CsvSource({"train, val, test", "Train, Valid, Test", "training, validation, testing"})
  void aValidationFolderBecomesTheFirstPositionsOfTheTrainingSplit(
      String train, String validation, String test) throws IOException {
    for (int i = 0; i < 5; i++) {
      image(train + "/cat/%d.png".formatted(i), i);
      image(train + "/dog/%d.png".formatted(i), 5 + i);
    }
    image(validation + "/cat/a.png", 10);
    image(validation + "/dog/a.png", 11);
    image(validation + "/dog/b.png", 12);
    image(test + "/dog/a.png", 13);
    image(test + "/dog/b.png", 14);

    DatasetManifest manifest = ingest(DatasetKind.FOLDER);

    assertThat(manifest.validationExamples()).isEqualTo(3);
    assertThat(manifest.classNames()).containsExactly("cat", "dog");
    Shard first =
        ShardReader.read(folder.resolve("out").toString(), Split.TRAIN, 0, 3, Stored.HADOOP);
    assertThat(numbersByRow(first)).containsExactlyInAnyOrder(10, 11, 12);
    Shard rest =
        ShardReader.read(folder.resolve("out").toString(), Split.TRAIN, 3, 13, Stored.HADOOP);
    assertThat(numbersByRow(rest)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(numbers(read(manifest, Split.TEST))).containsExactly(13, 14);
  }

  private static List<Integer> numbersByRow(Shard shard) {
    return IntStream.range(0, shard.size())
        .mapToObj(row -> Math.floorDiv(shard.images()[row * shard.shape().size() + 2] & 0xff, 11))
        .toList();
  }

  @Test
  void withTrainAndValidationAloneTheTestSplitIsHeldOutOfTheTrainingImages() throws IOException {
    for (int i = 0; i < 5; i++) {
      image("train/cat/%d.png".formatted(i), i);
      image("train/dog/%d.png".formatted(i), 5 + i);
    }
    image("val/cat/a.png", 10);
    DatasetManifest manifest = ingest(DatasetKind.FOLDER);
    assertThat(manifest.validationExamples()).isEqualTo(1);
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(5L, 4L);
    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(1L, 1L);
    assertThat(numbers(read(manifest, Split.TEST))).doesNotContain(10);
  }

  @Test
  void aClassMayBeCalledTrainAndAMixOfClassesAndSplitsIsRefused() throws IOException {
    image("bus/1.png", 1);
    image("bus/2.png", 2);
    image("train/1.png", 3);
    image("train/2.png", 4);
    assertThat(ingest(DatasetKind.FOLDER).classNames()).containsExactly("bus", "train");
    image("train/steam/1.png", 5);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageEndingWith(
            "it is unclear what its folders are: bus, train (must be those of classes alone, or train with class folders in it and, if there are any, val and test beside it)");
    image("val/steam/1.png", 5);
    image("valid/steam/1.png", 5);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageEndingWith("it has several folders of the validation split (must have one)");
  }

  @Test
  void aConstantChannelHasDeviationOne() throws IOException {
    for (String name : List.of("train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png")) {
      BufferedImage picture = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
      int level = name.endsWith("1.png") ? 255 : 0;
      for (int i = 0; i < 4; i++) {
        picture.setRGB(i % 2, i >> 1, level << 16 | 77); // no double holds the square of its mean
      }
      image(name, ImageFiles.encode(picture, "png"));
    }
    DatasetManifest manifest = ingest(DatasetKind.FOLDER);
    assertThat(manifest.mean()).containsExactly(0.5, 0.0, 77 / 255.0);
    assertThat(manifest.std()).containsExactly(0.5, 1.0, 1.0);
  }

  @Test
  void aClassOfTheTestSplitAloneIsAnError() throws IOException {
    image("train/cat/1.png", 1);
    image("train/dog/1.png", 1);
    image("test/cow/1.png", 1);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER))
        .withMessageEndingWith("test/cow is a class that train has not (train needs every class)");
  }

  @Test
  void settingsMustMakeSense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageFileSettings(-1, 0.5))
        .withMessage("Invalid image-size: -1 (must be > 0, or 0 to leave images as they are)");
    assertThat(ImageSize.parse("20x36")).isEqualTo(new ImageSize(20, 36)).hasToString("20x36");
    assertThat(ImageSize.parse("512")).isEqualTo(ImageSize.square(512)).hasToString("512");
    assertThat(ImageSize.parse("4096")).isEqualTo(new ImageSize(4096, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageSize.parse("4096x4097"))
        .withMessage(
            "Invalid image-size: 4096x4097 (must be at most 16,777,216 pixels in all, as 4096x4096"
                + " has)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageSize.parse("20x0"))
        .withMessage("Invalid image-size: 20x0 (must be > 0, or 0 to leave images as they are)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageSize.parse("20,36"))
        .withMessage(
            "Invalid image-size: 20,36 (must be a side or HEIGHTxWIDTH in pixels, such as 32 or 20x36)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChannelChoice.parse("5"))
        .withMessage("Invalid channels: 5 (must be one of auto, 1, 2, 3, 4)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> IngestOptions.own(DatasetKind.FOLDER, " ", ImageFileSettings.DEFAULT, "o"))
        .withMessage("Invalid source: '' (folder needs the folder of the images)");
  }

  private void parquet(String name, MessageType schema, String features, int first, int rows)
      throws IOException {
    Path file = folder.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    Map<String, String> metadata =
        features.isEmpty()
            ? Map.of()
            : Map.of("huggingface", "{\"info\": {\"features\": {%s}}}".formatted(features));
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
            .withType(schema)
            .withExtraMetaData(metadata)
            .withRowGroupSize(1L) // at least a hundred rows a group all the same
            .build()) {
      for (int number = first; number < first + rows; number++) {
        Group row = new SimpleGroup(schema);
        row.addGroup("img")
            .append("bytes", Binary.fromConstantByteArray(png(number)))
            .append("path", number + ".png");
        if (schema == CIFAR100_SCHEMA) {
          row.append("fine_label", number % 100L).append("coarse_label", number % 20L);
        } else {
          row.append("label", number % 10L);
        }
        writer.write(row);
      }
    }
  }

  private static byte[] png(int number) {
    return ImageFiles.png(HEIGHT, WIDTH, number % 23);
  }

  private static String names(String column, int count) {
    return "\"%s\": {\"names\": [%s], \"_type\": \"ClassLabel\"}"
        .formatted(
            column,
            IntStream.range(0, count)
                .mapToObj(i -> "\"" + column.charAt(0) + i + "\"")
                .collect(Collectors.joining(", ")));
  }

  @Test
  void readsTheHuggingFaceLayoutOfCifar10() throws IOException {
    parquet("plain_text/train-00000-of-00002.parquet", CIFAR10_SCHEMA, names("label", 10), 0, 230);
    parquet("plain_text/train-00001-of-00002.parquet", CIFAR10_SCHEMA, "", 230, 20);
    parquet("plain_text/test-00000-of-00001.parquet", CIFAR10_SCHEMA, "", 0, 30);

    DatasetManifest manifest = ingest(DatasetKind.HUGGINGFACE);

    assertThat(manifest.dataset()).isEqualTo("huggingface");
    assertThat(manifest.classNames()).hasSize(10).startsWith("l0", "l1");
    assertThat(manifest.hasCoarseLabels()).isFalse();
    assertThat(manifest.split(Split.TRAIN).examples()).isEqualTo(250);
    assertThat(manifest.sources()).hasSize(3);
    Shard train = read(manifest, Split.TRAIN);
    assertThat(train.shape()).isEqualTo(new ImageShape(HEIGHT, WIDTH, 3));
    for (int row = 0; row < train.size(); row++) {
      int number = (int) train.indices()[row];
      assertThat(train.labels()[row]).isEqualTo(number % 10);
    }
    assertThat(numbers(train))
        .isEqualTo(IntStream.range(0, 250).mapToObj(number -> number % 23).toList());
  }

  @Tag("long")
  @Test
  void readsTheHuggingFaceLayoutOfCifar100WithItsCoarseLabels() throws IOException {
    String features = names("fine_label", 100) + ", " + names("coarse_label", 20);
    parquet("train-0.parquet", CIFAR100_SCHEMA, features, 0, 120);
    parquet("test-0.parquet", CIFAR100_SCHEMA, features, 0, 100);

    DatasetManifest manifest =
        ingest(
            DatasetKind.HUGGINGFACE,
            new ImageFileSettings(32, ImageFileSettings.DEFAULT_TEST_FRACTION),
            1);

    assertThat(manifest.dataset()).isEqualTo("cifar100");
    assertThat(manifest.classNames()).hasSize(100).startsWith("f0");
    assertThat(manifest.coarseClassNames()).hasSize(20).endsWith("c19");
    assertThat(
            SparkTest.session()
                .read()
                .parquet(folder.resolve("out/train").toString())
                .filter("coarse_label = label % 20")
                .count())
        .isEqualTo(120);
  }

  @Test
  void classesWithoutNamesAreNumbered() throws IOException {
    parquet("train-0.parquet", CIFAR10_SCHEMA, "", 0, 20);
    parquet("test-0.parquet", CIFAR10_SCHEMA, "", 0, 10);
    assertThat(ingest(DatasetKind.HUGGINGFACE).classNames()).hasSize(10).startsWith("class 0");
  }

  @Test
  void namesTheColumnFileOrLabelThatIsWrong() throws IOException {
    String source = folder.resolve("source").toString();
    parquet("train-0.parquet", CIFAR10_SCHEMA, names("label", 4), 0, 20);
    parquet("test-0.parquet", CIFAR10_SCHEMA, "", 0, 10);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.HUGGINGFACE))
        .withMessage("Cannot ingest %s: label 9 has no name (there are 4 names)", source);
    parquet("test-1.parquet", CIFAR100_SCHEMA, "", 0, 10);
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.HUGGINGFACE))
        .withMessage(
            "Cannot ingest test-1.parquet: it has no column label, which the first file has");
  }

  @Test
  void aFileWithoutImagesIsNamed() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType("message schema { required int64 label; }");
    Path file = folder.resolve("source/train-0.parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
            .withType(schema)
            .build()) {
      writer.write(new SimpleGroup(schema).append("label", 1L));
    }
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.HUGGINGFACE))
        .withMessageStartingWith("Cannot ingest train-0.parquet: it has no column img or image");
  }
}
