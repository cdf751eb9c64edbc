package org.isonorm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.SkippedFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ingestion of sources with images that cannot be read. */
class SkippedImagesTest {
  private static final ImageFileSettings FAIL =
      new ImageFileSettings(8, ImageFileSettings.DEFAULT_TEST_FRACTION);
  private static final ImageFileSettings SKIP = FAIL.withSkipUnreadable(true);

  @TempDir Path folder;

  private DatasetManifest ingest(DatasetKind kind, ImageFileSettings settings, String out)
      throws IOException {
    return Ingestion.run(
        IngestOptions.own(
                kind, folder.resolve("source").toString(), settings, folder.resolve(out).toString())
            .withFiles(2)
            .withSeed(1),
        SparkTest.session());
  }

  private Shard read(DatasetManifest manifest, String out, Split split) throws IOException {
    return ShardReader.read(
        folder.resolve(out).toString(), split, 0, manifest.split(split).examples(), Stored.HADOOP);
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  @Test
  void brokenImagesAreSkippedAsIfTheyHadNotBeenThere() throws IOException {
    for (int i = 0; i < 12; i++) {
      String name = "%s/%02d".formatted(i % 2 == 0 ? "cat" : "dog", i);
      write("train/" + name + ".png", ImageFiles.png(9, 7, i));
      write("test/" + name + ".png", ImageFiles.png(9, 7, i + 5));
    }
    DatasetManifest clean = ingest(DatasetKind.FOLDER, FAIL, "clean");
    assertThat(clean.skipped()).isEmpty();

    byte[] jpeg = ImageFiles.encode(ImageFiles.picture(40, 40, 3), "jpg");
    Path half = write("train/cat/half.jpg", Arrays.copyOf(jpeg, jpeg.length - 40));
    Path first = write("train/cat/00.jpg", new byte[0]);
    Path avif = write("test/dog/x.avif", "\0\0\0\040ftypavif".getBytes("ISO-8859-1"));
    Path link = folder.resolve("source/train/dog/link.png");
    Files.createSymbolicLink(link, folder.resolve("gone"));

    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER, FAIL, "out"))
        .withMessageStartingWith("Cannot read image file:");
    DatasetManifest skipping = ingest(DatasetKind.FOLDER, SKIP, "out");
    assertThat(skipping.skipped())
        .extracting(SkippedFile::split)
        .containsExactly("train", "train", "train", "test");
    assertThat(skipping.skipped().get(0).reason())
        .isEqualTo("Cannot read image file:%s: it is empty", first);
    assertThat(skipping.skipped().get(1).reason())
        .startsWith("Cannot read image file:%s: it is damaged (".formatted(half));
    assertThat(skipping.skipped().get(2).reason())
        .isEqualTo(
            "Cannot read image file:%s: it is a link that leads nowhere (mend or remove it)", link);
    assertThat(skipping.skipped().get(3).reason())
        .startsWith("Cannot read image file:%s: it is AVIF".formatted(avif));
    assertThat(DatasetManifest.load(folder.resolve("out").toString(), Stored.HADOOP))
        .isEqualTo(skipping);
    assertThat(skipping.splits()).isEqualTo(clean.splits());
    assertThat(skipping.mean()).isEqualTo(clean.mean());
    for (Split split : Split.values()) {
      Shard expected = read(clean, "clean", split);
      Shard actual = read(skipping, "out", split);
      assertThat(actual.images()).isEqualTo(expected.images());
      assertThat(actual.indices()).isEqualTo(expected.indices());
      assertThat(actual.labels()).isEqualTo(expected.labels());
    }
  }

  @Test
  void aSplitWithoutAnyReadableImageIsAnError() throws IOException {
    for (String name : new String[] {"train/a/1", "train/b/1", "test/a/1", "test/b/1"}) {
      write(name + ".png", name.startsWith("test") ? new byte[3] : ImageFiles.png(4, 4, 1));
    }
    assertThatIOException()
        .isThrownBy(
            () ->
                Ingestion.run(
                    IngestOptions.own(
                        DatasetKind.FOLDER,
                        folder.resolve("source").toString(),
                        SKIP,
                        folder.resolve("out").toString()),
                    SparkTest.session()))
        .withMessageStartingWith(
            "Cannot ingest %s: none of the 2 images of its test split can be read; the first: Cannot read image file:",
            folder.resolve("source"));
  }

  @Test
  void aClassWithoutAnyReadableTrainingImageIsAnError() throws IOException {
    for (String name : new String[] {"train/a/1", "train/b/1", "test/a/1", "test/b/1"}) {
      write(name + ".png", name.equals("train/b/1") ? new byte[3] : ImageFiles.png(4, 4, 1));
    }
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER, SKIP, "out"))
        .withMessageStartingWith(
            "Cannot ingest %s: no image of class b in its training split can be read (mend one or remove the class); the first: Cannot read image file:",
            folder.resolve("source"));
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void rowsOfHuggingFaceFilesAreSkippedToo() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message rows { optional group image { optional binary bytes; } optional int64 label; }");
    for (String split : new String[] {"train", "test"}) {
      Path file = folder.resolve("source/%s-0.parquet".formatted(split));
      Files.createDirectories(file.getParent());
      try (ParquetWriter<Group> writer =
          ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
              .withType(schema)
              .build()) {
        for (int i = 0; i < 10; i++) {
          SimpleGroup row = new SimpleGroup(schema);
          byte[] png = ImageFiles.png(5, 5, i);
          byte[] image = i == 4 ? Arrays.copyOf(png, 50) : png;
          row.addGroup("image").append("bytes", Binary.fromConstantByteArray(image));
          writer.write(row.append("label", (long) i % 2));
        }
      }
    }
    assertThatIOException()
        .isThrownBy(() -> ingest(DatasetKind.HUGGINGFACE, FAIL, "out"))
        .withMessageStartingWith("Cannot read image train-0.parquet row 4 of row group 0: it ");
    DatasetManifest manifest = ingest(DatasetKind.HUGGINGFACE, SKIP, "out");
    assertThat(manifest.split(Split.TRAIN).examplesPerClass()).containsExactly(4L, 5L);
    assertThat(manifest.split(Split.TEST).examples()).isEqualTo(9);
    assertThat(manifest.skipped()).hasSize(2);
  }

  @Test
  void aShareToHoldOutIsRefusedWhereThereIsATestSplit() throws IOException {
    for (String name : new String[] {"train/a/1", "train/b/1", "test/a/1", "test/b/1"}) {
      write(name + ".png", ImageFiles.png(4, 4, 1));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(DatasetKind.FOLDER, new ImageFileSettings(8, 0.5), "out"))
        .withMessage(
            "Invalid test-fraction: 0.5 (%s has a test split; only images without one are split)",
            folder.resolve("source"));
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aColonIsRefusedWhereHadoopCannotHoldIt() {
    String words =
        " (must have no ':' in its path, which Hadoop's file systems cannot hold; rename it)";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IngestOptions.own(DatasetKind.FOLDER, "s:1", FAIL, "a:b/out"))
        .withMessage("Invalid out: a:b/out" + words);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IngestOptions.own(DatasetKind.HUGGINGFACE, "a/b:c", FAIL, "out"))
        .withMessage("Invalid source: a/b:c" + words);
    assertThat(
            IngestOptions.own(DatasetKind.HUGGINGFACE, "hdfs://host:8020/a", FAIL, "file:/b/c")
                .out())
        .isEqualTo("file:/b/c");
  }
}
