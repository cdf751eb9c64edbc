package org.isonorm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.offset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.SkippedFile;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.ChannelChoice;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.data.source.OwnImages;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of image files, WebDataset's shards, NumPy's archives and MNIST's files. */
class OwnLayoutsTest {
  private static final int SIZE = 4;

  @TempDir Path folder;

  private DatasetManifest ingest(String source) throws IOException {
    return ingest(source, ImageFileSettings.DEFAULT);
  }

  private DatasetManifest ingest(String source, ImageFileSettings settings) throws IOException {
    return Ingestion.run(
        IngestOptions.own(
                DatasetKind.FOLDER,
                folder.resolve(source).toString(),
                settings,
                folder.resolve("out").toString())
            .withOverwrite(true),
        SparkTest.session());
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private void write(String name, String... lines) throws IOException {
    write(name, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void images(String folderName, int first, int count) throws IOException {
    for (int number = first; number < first + count; number++) {
      write(folderName + "/" + number + ".png", ImageFiles.png(SIZE, SIZE, number));
    }
  }

  private Shard read(Split split, long from, long to) throws IOException {
    return ShardReader.read(folder.resolve("out").toString(), split, from, to, Stored.HADOOP);
  }

  /** The numbers of images at positions, sorted, whose labels are checked. */
  private int[] numbers(Split split, long from, long to, int classes) throws IOException {
    Shard shard = read(split, from, to);
    int[] numbers = new int[shard.size()];
    int bytes = shard.shape().size();
    for (int row = 0; row < numbers.length; row++) {
      numbers[row] = Math.floorDiv(shard.images()[row * bytes + 2] & 0xff, 11);
      assertThat(shard.labels()[row]).isEqualTo(numbers[row] % classes);
      assertThat(Arrays.copyOfRange(shard.images(), row * bytes, (row + 1) * bytes))
          .isEqualTo(ImageFiles.pixels(SIZE, SIZE, numbers[row]));
    }
    return IntStream.of(numbers).sorted().toArray();
  }

  @Test
  void readsHuggingFacesImageFolderWithMetadataInEverySplit() throws IOException {
    images("source/train", 0, 3);
    images("source/validation", 3, 2);
    images("source/test", 5, 2);
    write(
        "source/train/metadata.jsonl",
        "{\"file_name\": \"0.png\", \"label\": \"cat\", \"boxes\": [1, 2]}",
        "{\"file_name\": \"1.png\", \"label\": \"dog\", \"text\": null}",
        "",
        "{\"label\": \"cat\", \"file_name\": \"2.png\"}");
    write("source/validation/metadata.csv", "file_name,label", "3.png,dog", "\"4.png\",cat");
    write(
        "source/test/metadata.csv",
        "\ufefffile_name,label,note",
        "5.png,dog,\"a, b\"",
        "6.png,cat,");

    DatasetManifest manifest = ingest("source");

    assertThat(manifest.classNames()).containsExactly("cat", "dog");
    assertThat(manifest.validationExamples()).isEqualTo(2);
    assertThat(numbers(Split.TRAIN, 0, 2, 2)).containsExactly(3, 4);
    assertThat(numbers(Split.TRAIN, 2, 5, 2)).containsExactly(0, 1, 2);
    assertThat(numbers(Split.TEST, 0, 2, 2)).containsExactly(5, 6);
    assertThat(manifest.sources())
        .extracting(SourceFile::name)
        .contains("metadata.jsonl", "images of train");
  }

  @Test
  void readsATableOfPathsLabelsAndSplits() throws IOException {
    images("pictures", 0, 7);
    StringBuilder table = new StringBuilder("Path,Label,Split\r\n");
    String[] splits = {"train", "train", "train", "train", "val", "test", "test"};
    for (int i = 0; i < splits.length; i++) {
      String path = i == 0 ? folder.resolve("pictures/0.png").toString() : "pictures/" + i + ".png";
      table.append(path).append(',').append(i % 3).append(',').append(splits[i]).append("\r\n");
    }
    write("birds.csv", table.toString().getBytes(StandardCharsets.UTF_8));

    DatasetManifest manifest = ingest("birds.csv");

    assertThat(manifest.classNames()).containsExactly("class 0", "class 1", "class 2");
    assertThat(numbers(Split.TRAIN, 0, 1, 3)).containsExactly(4);
    assertThat(numbers(Split.TRAIN, 1, 5, 3)).containsExactly(0, 1, 2, 3);
    assertThat(numbers(Split.TEST, 0, 2, 3)).containsExactly(5, 6);
  }

  @Tag("long")
  @Test
  void aTableWithoutSplitsHasAShareHeldOut() throws IOException {
    images("source/all", 0, 20);
    String[] lines = new String[21];
    lines[0] = "file_name,label";
    for (int i = 0; i < 20; i++) {
      lines[i + 1] = "all/%d.png,%s".formatted(i, i % 2 == 0 ? "even" : "odd");
    }
    write("source/metadata.csv", lines);
    DatasetManifest manifest = ingest("source");
    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(2L, 2L);
    assertThat(
            IntStream.concat(
                    IntStream.of(numbers(Split.TRAIN, 0, 16, 2)),
                    IntStream.of(numbers(Split.TEST, 0, 4, 2)))
                .sorted()
                .toArray())
        .isEqualTo(IntStream.range(0, 20).toArray());
  }

  @Test
  void aTableThatIsNotCompleteIsRefusedWithWhatItHas() throws IOException {
    images("source", 0, 2);
    String source = folder.resolve("source").toString();
    write("source/metadata.csv", "file_name,text", "0.png,a", "1.png,b");
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessage(
            "Cannot ingest %s: a row of metadata.csv has no label or labels or class or target, but file_name, text",
            source);
    write("source/metadata.csv", "file_name,label", "0.png,a", "9.png,b");
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessage(
            "Cannot read image file:%s/9.png: it is not there (every executor must see it)",
            source);
    write("source/metadata.csv", "file_name,label", "0.png,a", "1.png,a");
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessage("Cannot ingest %s: it has 1 class (must be 2 to 32767)", source);
    write("source/metadata.csv", "file_name,label,split", "0.png,a,train", "1.png,b,other");
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessage(
            "Cannot ingest %s: metadata.csv has split 'other' of 1.png (must be train, validation or test)",
            source);
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> samples(int first, int count) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int number = first; number < first + count; number++) {
      // The second name needs a header of its own.
      String key = "dir.of/" + (number % 2 == 0 ? "k" : "k".repeat(120)) + number;
      files.put(key + ".cls", String.valueOf(number % 2).getBytes(StandardCharsets.UTF_8));
      files.put(key + ".png", ImageFiles.png(SIZE, SIZE, number));
      files.put(key + ".json", "{}".getBytes(StandardCharsets.UTF_8));
    }
    return files;
  }

  @Test
  void readsTheShardsOfWebDataset() throws IOException {
    write("source/train-000000.tar", tar(samples(0, 5)));
    write("source/train-000001.tar", tar(samples(5, 5)));
    write("source/val-000000.tar", tar(samples(10, 3)));
    write("source/test-000000.tar", tar(samples(13, 3)));

    DatasetManifest manifest = ingest("source");

    assertThat(manifest.validationExamples()).isEqualTo(3);
    assertThat(numbers(Split.TRAIN, 0, 3, 2)).containsExactly(10, 11, 12);
    assertThat(numbers(Split.TRAIN, 3, 13, 2)).isEqualTo(IntStream.range(0, 10).toArray());
    assertThat(numbers(Split.TEST, 0, 3, 2)).containsExactly(13, 14, 15);
    assertThat(manifest.sources()).hasSize(4);
    assertThat(manifest.sources().get(0).bytes())
        .isEqualTo(Files.size(folder.resolve("source/train-000000.tar")));
  }

  @Test
  void aSampleWithoutImageOrClassIsNamed() throws IOException {
    Map<String, byte[]> samples = samples(0, 3);
    samples.remove("dir.of/k2.cls");
    write("source/train-0.tar", tar(samples));
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessageEndingWith(
            "train-0.tar: dir.of/k2 has no .cls (every key must have an image and a .cls with its class)");
    write("source/train-1.tar.gz", new byte[3]);
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessageEndingWith(
            "train-1.tar.gz is not read (unpack it; arrays are read as .npz, shards as .tar)");
  }

  @Tag("long")
  @Test
  void imagesOfTablesAndShardsThatCannotBeReadAreSkipped() throws IOException {
    ImageFileSettings skip = ImageFileSettings.DEFAULT.withSkipUnreadable(true);
    images("table/train", 0, 6);
    images("table/test", 6, 4);
    StringBuilder rows = new StringBuilder("file_name,label\n");
    for (int i = 0; i < 10; i++) {
      rows.append(i < 6 ? "train/" : "test/").append(i).append(".png,").append(i % 2).append('\n');
    }
    write("table/metadata.csv", rows.toString().getBytes(StandardCharsets.UTF_8));
    Path half = folder.resolve("table/train/2.png");
    Files.write(half, Arrays.copyOf(Files.readAllBytes(half), 50));
    Files.delete(folder.resolve("table/test/9.png"));
    assertThatIOException().isThrownBy(() -> ingest("table"));
    DatasetManifest table = ingest("table", skip);
    assertThat(numbers(Split.TRAIN, 0, 5, 2)).containsExactly(0, 1, 3, 4, 5);
    assertThat(numbers(Split.TEST, 0, 3, 2)).containsExactly(6, 7, 8);
    assertThat(table.skipped()).extracting(SkippedFile::split).containsExactly("train", "test");
    assertThat(table.skipped().get(0).reason())
        .startsWith("Cannot read image file:%s: it ".formatted(half));
    assertThat(table.skipped().get(1).reason()).contains("/table/test/9.png: it is not there");

    Map<String, byte[]> train = samples(0, 6);
    train.replaceAll((name, content) -> name.endsWith("k2.png") ? new byte[7] : content);
    write("tars/train-0.tar", tar(train));
    write("tars/test-0.tar", tar(samples(6, 3)));
    assertThatIOException()
        .isThrownBy(() -> ingest("tars"))
        .withMessageContaining("train-0.tar")
        .withMessageEndingWith(
            "it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)");
    DatasetManifest tars = ingest("tars", skip);
    assertThat(numbers(Split.TRAIN, 0, 5, 2)).containsExactly(0, 1, 3, 4, 5);
    assertThat(tars.split(Split.TRAIN).examplesPerClass()).containsExactly(2L, 3L);
    assertThat(tars.split(Split.TEST).examples()).isEqualTo(3);
    assertThat(tars.skipped()).hasSize(1);
    assertThat(tars.skipped().get(0).reason()).contains("train-0.tar");
  }

  /** An array in NumPy's format. */
  private static byte[] npy(String type, String shape, byte[] data, int version) {
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    int lengthBytes = version == 1 ? 2 : 4;
    int padding = 64 - (8 + lengthBytes + dictionary.length() + 1) % 64;
    byte[] header = (dictionary + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer array =
        ByteBuffer.allocate(8 + lengthBytes + header.length + data.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    array.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      array.putShort((short) header.length);
    } else {
      array.putInt(header.length);
    }
    return array.put(header).put(data).array();
  }

  private static byte[] pixels(int first, int count) {
    ByteBuffer all = ByteBuffer.allocate(count * SIZE * SIZE * 3);
    IntStream.range(first, first + count).forEach(i -> all.put(ImageFiles.pixels(SIZE, SIZE, i)));
    return all.array();
  }

  private static byte[] labels(int first, int count) {
    ByteBuffer all = ByteBuffer.allocate(count * 8).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(first, first + count).forEach(i -> all.putLong(i % 2));
    return all.array();
  }

  private void npz(String name, Map<String, byte[]> arrays) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        zip.write(array.getValue());
      }
    }
    write(name, bytes.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x_%s y_%s", "%s_images %s_labels"})
  void readsNumPyArrays(String keys) throws IOException {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    String[] splits = {"train", "val", "test"};
    int[] first = {0, 8, 11};
    int[] count = {8, 3, 2};
    for (int i = 0; i < splits.length; i++) {
      String[] names = keys.replace("%s", splits[i]).split(" ");
      arrays.put(names[1], npy("<i8", count[i] + ",", labels(first[i], count[i]), 1));
      arrays.put(
          names[0], npy("|u1", count[i] + ", 4, 4, 3", pixels(first[i], count[i]), 1 + i % 2));
    }
    npz("data.npz", arrays);

    DatasetManifest manifest = ingest("data.npz");

    assertThat(manifest.classNames()).containsExactly("class 0", "class 1");
    assertThat(manifest.validationExamples()).isEqualTo(3);
    assertThat(numbers(Split.TRAIN, 0, 3, 2)).containsExactly(8, 9, 10);
    assertThat(numbers(Split.TRAIN, 3, 11, 2)).isEqualTo(IntStream.range(0, 8).toArray());
    assertThat(numbers(Split.TEST, 0, 2, 2)).containsExactly(11, 12);
  }

  @Test
  void arraysThatAreNoImagesAreRefusedWithTheRemedy() throws IOException {
    byte[] labels = npy("<i8", "2, 1", labels(0, 2), 1);
    npz("data.npz", Map.of("x_train", npy("<f4", "2, 1, 1", new byte[8], 1), "y_train", labels));
    assertThatIOException()
        .isThrownBy(() -> ingest("data.npz"))
        .withMessageContaining("x_train.npy is of type <f4 (must be uint8;");
    npz(
        "data.npz",
        Map.of("x_train", npy("|u1", "2, 3, 8, 8", new byte[384], 1), "y_train", labels));
    assertThatIOException()
        .isThrownBy(() -> ingest("data.npz"))
        .withMessageContaining("x_train.npy has the shape [2, 3, 8, 8] (must be N×H×W or N×H×W×C");
    npz("data.npz", Map.of("images", npy("|u1", "2, 8, 8", new byte[128], 1)));
    assertThatIOException()
        .isThrownBy(() -> ingest("data.npz"))
        .withMessageContaining("it holds images.npy (must hold x_train and y_train");
  }

  private static byte[] idx(byte[] data, int... sizes) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * sizes.length + data.length);
    file.putInt(0x800 | sizes.length);
    IntStream.of(sizes).forEach(file::putInt);
    return file.put(data).array();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void readsTheFilesOfMnistWithOneChannelOrAsThreeEqualOnes() throws IOException {
    byte[] train = new byte[3 * 6];
    IntStream.range(0, train.length).forEach(i -> train[i] = (byte) (i * 14));
    write("source/train-images-idx3-ubyte.gz", gzip(idx(train, 3, 2, 3)));
    write("source/train-labels-idx1-ubyte.gz", gzip(idx(new byte[] {2, 0, 1}, 3)));
    write("source/t10k-images-idx3-ubyte", idx(new byte[] {7, 6, 5, 4, 3, (byte) 200}, 1, 2, 3));
    write("source/t10k-labels-idx1-ubyte", idx(new byte[] {1}, 1));

    for (int channels : new int[] {1, 3}) {
      ImageFileSettings settings =
          channels == 1
              ? ImageFileSettings.DEFAULT
              : ImageFileSettings.DEFAULT.withChannels(ChannelChoice.THREE);
      DatasetManifest manifest = ingest("source", settings);

      assertThat(manifest.shape()).isEqualTo(new ImageShape(2, 3, channels));
      assertThat(manifest.mean()).hasSize(channels).containsOnly(manifest.mean().get(0));
      assertThat(manifest.mean().get(0)).isCloseTo(17 * 14 / 2 / 255.0, offset(1e-12));
      assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(1L, 1L, 1L);
      Shard test = read(Split.TEST, 0, 1);
      assertThat(test.labels()).containsExactly(1);
      byte[] grey = {7, 6, 5, 4, 3, -56};
      for (int i = 0; i < 6 * channels; i++) {
        assertThat(test.images()[i]).isEqualTo(grey[Math.floorDiv(i, channels)]);
      }
      Shard images = read(Split.TRAIN, 0, 3);
      int size = 6 * channels;
      for (int row = 0; row < 3; row++) {
        int index = (int) images.indices()[row];
        assertThat(images.labels()[row]).isEqualTo(List.of(2, 0, 1).get(index));
        for (int i = 0; i < size; i++) {
          assertThat(images.images()[row * size + i])
              .isEqualTo(train[index * 6 + Math.floorDiv(i, channels)]);
        }
      }
    }
    assertThatIOException()
        .isThrownBy(
            () -> ingest("source", ImageFileSettings.DEFAULT.withChannels(ChannelChoice.TWO)))
        .withMessageEndingWith(
            "train-images-idx3-ubyte.gz: its channels are 1, of which 2 cannot be made (channels"
                + " auto keeps what there is)");
  }

  /** What is stored of the two training images of an array. */
  private byte[] stored(int channels, ChannelChoice choice) throws IOException {
    byte[] images = {1, 2, 3, 4, 5, 6, 7, 8};
    npz(
        "data.npz",
        Map.of(
            "x_train",
            npy("|u1", "2, 1, 1, " + channels, Arrays.copyOf(images, 2 * channels), 1),
            "y_train",
            npy("|u1", "2", new byte[] {0, 1}, 1),
            "x_test",
            npy("|u1", "1, 1, 1, " + channels, new byte[channels], 1),
            "y_test",
            npy("|u1", "1", new byte[] {0}, 1)));
    DatasetManifest manifest = ingest("data.npz", ImageFileSettings.DEFAULT.withChannels(choice));
    Shard train = read(Split.TRAIN, 0, 2);
    assertThat(manifest.channels()).isEqualTo(train.shape().size());
    byte[] ofFirst = new byte[manifest.channels()];
    int row = train.indices()[0] == 0 ? 0 : 1;
    System.arraycopy(train.images(), row * ofFirst.length, ofFirst, 0, ofFirst.length);
    return ofFirst;
  }

  @Test
  void arraysKeepUpToThreeChannelsOrHaveThoseThatAreAskedFor() throws IOException {
    assertThat(stored(1, ChannelChoice.AUTO)).containsExactly(1);
    assertThat(stored(2, ChannelChoice.AUTO)).containsExactly(1, 2);
    assertThat(stored(4, ChannelChoice.AUTO)).containsExactly(1, 2, 3);
    assertThat(stored(4, ChannelChoice.FOUR)).containsExactly(1, 2, 3, 4);
    // (19,595 × 1 + 38,470 × 2 + 7,471 × 3 + 32,768) >> 16
    assertThat(stored(4, ChannelChoice.ONE)).containsExactly(2);
    assertThatIOException()
        .isThrownBy(() -> stored(2, ChannelChoice.THREE))
        .withMessageEndingWith(
            "x_train.npy: its channels are 2, of which 3 cannot be made (channels auto keeps what"
                + " there is)");
  }

  @Test
  void arraysHaveNoFilesThatCouldBeKept() throws IOException {
    npz(
        "data.npz",
        Map.of(
            "x_train", npy("|u1", "2, 4, 4, 3", pixels(0, 2), 1),
            "y_train", npy("|u1", "2", new byte[] {0, 1}, 1)));
    String source = folder.resolve("data.npz").toString();
    assertThatIOException()
        .isThrownBy(
            () ->
                OwnImages.open(
                    source, ImageFileSettings.DEFAULT.withKeepEncoded(true), 1, Stored.HADOOP))
        .withMessage(
            "Cannot ingest "
                + source
                + ": its images are pixels, not files that could be kept (leave --keep-encoded out)");
  }

  @Tag("long")
  @Test
  void arraysAreResizedWhenAskedAndHaveAShareHeldOut() throws IOException {
    npz(
        "data.npz",
        Map.of(
            "x_train", npy("|u1", "10, 4, 4, 3", pixels(0, 10), 1),
            "y_train", npy("|u1", "10", new byte[] {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 1)));
    DatasetManifest manifest =
        Ingestion.run(
            IngestOptions.own(
                DatasetKind.FOLDER,
                folder.resolve("data.npz").toString(),
                new ImageFileSettings(2, 0.2),
                folder.resolve("out").toString()),
            SparkTest.session());
    assertThat(manifest.shape()).isEqualTo(new ImageShape(2, 2, 3));
    assertThat(manifest.split(Split.TEST).examplesPerClass()).containsExactly(1L, 1L);
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(4L, 4L);
    Resampling halved = Resampling.of(new ImageShape(SIZE, SIZE, 3), 2, 2);
    List<byte[]> expected =
        IntStream.range(0, 10)
            .mapToObj(i -> halved.resize(ImageFiles.pixels(SIZE, SIZE, i)))
            .toList();
    Shard train = read(Split.TRAIN, 0, 8);
    for (int row = 0; row < 8; row++) {
      assertThat(expected).contains(Arrays.copyOfRange(train.images(), row * 12, (row + 1) * 12));
    }
  }

  @Test
  void twoLayoutsInOneFolderAreRefused() throws IOException {
    write("source/train.tar", new byte[3]);
    write("source/metadata.csv", "file_name,label");
    assertThatIOException()
        .isThrownBy(() -> ingest("source"))
        .withMessage(
            "Cannot ingest %s: it is unclear what to read, as it holds a table of images (metadata.csv, metadata.jsonl) and WebDataset shards (*.tar) (must hold one of them)",
            folder.resolve("source"));
  }
}
