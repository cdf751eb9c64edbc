package org.isonorm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.CifarCopy;
import org.isonorm.data.source.CifarFormat;
import org.isonorm.data.source.DecodedImage;
import org.isonorm.data.source.HuggingFaceCopy;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.data.source.SourceSlice;
import org.isonorm.data.source.TarGz;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every reader is given files with bits flipped, bytes inserted, blocks swapped and ends cut off,
 * by a seed: each is read, or refused in a sentence that names the file.
 */
@Timeout(300)
class FuzzTest {
  private static final long SEED = 2022;
  private static final int FILES = 150;
  private static final int TAR_RECORD = 512;

  @TempDir Path folder;
  private int refused;

  /** Reads what may be damaged. */
  @FunctionalInterface
  private interface Reading {
    void read() throws IOException;
  }

  /** Damages one file again and again; the rest of what is read stays whole. */
  private void fuzz(Path file, String named, Reading reading) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < FILES; i++) {
      Files.write(file, Mutations.of(whole, random));
      try {
        reading.read();
      } catch (IOException e) {
        refused++;
        assertThat(e.getMessage())
            .as("file %d", i)
            .matches("(Cannot|Invalid|Unsupported) .*")
            .contains(named)
            .doesNotContain(": null", "Exception", "\n");
      }
    }
    Files.write(file, whole);
    assertThat(refused).isPositive();
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"train.bin", "coarse_label_names.txt"})
  void cifarFiles(String name) throws IOException {
    Path copy = CifarFixture.write(folder.resolve("copy"), CifarFixture.cifar100());
    fuzz(copy.resolve(name), name, () -> open(copy));
  }

  private void open(Path source) throws IOException {
    CifarCopy.open(
        CifarFormat.CIFAR100,
        source.toString(),
        new org.apache.hadoop.fs.Path(
            Files.createTempDirectory(folder, "staging").resolve("s").toString()),
        Stored.HADOOP);
  }

  @Tag("long")
  @Test
  void cifarArchives() throws IOException {
    Path archive = folder.resolve("cifar-100-binary.tar.gz");
    Files.write(archive, CifarFixture.tarGz("cifar-100-binary", CifarFixture.cifar100()));
    fuzz(archive, "", () -> open(archive));
  }

  /** Behind the checksum of gzip. */
  @Test
  void tarHeaders() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] tar;
    try (var gzip =
        new java.util.zip.GZIPInputStream(
            new ByteArrayInputStream(
                CifarFixture.tarGz(
                    "folder", java.util.Map.of("a.txt", new byte[100], "b.txt", new byte[700]))))) {
      tar = gzip.readAllBytes();
    }
    for (int i = 0; i < FILES; i++) {
      var packed = new java.io.ByteArrayOutputStream();
      try (OutputStream gzip = new java.util.zip.GZIPOutputStream(packed)) {
        gzip.write(Mutations.of(tar, random));
      }
      Set<String> names = new HashSet<>();
      try {
        TarGz.unpack(
            new ByteArrayInputStream(packed.toByteArray()),
            "x.tar.gz",
            name -> {
              names.add(name);
              return OutputStream.nullOutputStream();
            });
      } catch (IOException e) {
        refused++;
        assertThat(e.getMessage())
            .as("archive %d", i)
            .matches("Cannot .*x.tar.gz.*")
            .doesNotContain(": null", "Exception");
      }
      assertThat(names)
          .as("archive %d", i)
          .allMatch(name -> !name.startsWith("/") && !name.matches("(.*/)?\\.\\.(/.*)?"));
    }
    assertThat(refused).isPositive();
  }

  @Test
  void manifestsAndParts() throws IOException {
    Stored.write(folder, Stored.randomExamples(40, 3), 2);
    Reading reading =
        () -> {
          DatasetManifest manifest = DatasetManifest.load(folder.toString(), Stored.HADOOP);
          long rows = manifest.split(Split.TRAIN).examples();
          ShardReader.read(folder.toString(), Split.TRAIN, 0, rows, Stored.HADOOP);
        };
    fuzz(folder.resolve("manifest.json"), "", reading);
    fuzz(folder.resolve("train/part-1.parquet"), "part-1.parquet", reading);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void imageFiles(String format) throws IOException {
    for (String name : new String[] {"cat", "dog"}) {
      for (int i = 0; i < 2; i++) {
        Path file = folder.resolve("%s/%d.%s".formatted(name, i, format));
        Files.createDirectories(file.getParent());
        Files.write(file, ImageFiles.encode(ImageFiles.picture(12, 12, i), format));
      }
    }
    Path damaged = folder.resolve("cat/0." + format);
    fuzz(
        damaged,
        "0." + format,
        () -> DecodedImage.decode(Files.readAllBytes(damaged), damaged.toString()));
  }

  @Test
  void aFewBytesThatPromiseAHugePictureAreRefused() throws IOException {
    byte[] png = ImageFiles.png(4, 4, 1);
    // Width and height of the header, and its checksum.
    for (int i = 16; i < 24; i++) {
      png[i] = (byte) (i % 4 == 1 ? 1 : 0);
    }
    CRC32 checksum = new CRC32();
    checksum.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) checksum.getValue());
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(png, "bomb.png"))
        .withMessage(
            "Cannot read image bomb.png: it has 65536×65536 pixels (must be at most 178956970 in"
                + " all; raise max-pixels if you trust it)");
  }

  @Test
  void huggingFaceFiles() throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message rows { optional group img { optional binary bytes; optional binary path (UTF8); } optional int64 label; }");
    for (String split : new String[] {"train", "test"}) {
      try (ParquetWriter<Group> writer =
          ExampleParquetWriter.builder(
                  new org.apache.hadoop.fs.Path(folder.resolve(split + "-0.parquet").toString()))
              .withType(schema)
              .withExtraMetaData(
                  java.util.Map.of(
                      "huggingface",
                      "{\"info\": {\"features\": {\"label\": {\"names\": [\"a\", \"b\", \"c\"]}}}}"))
              .build()) {
        for (int i = 0; i < 10; i++) {
          Group row = new SimpleGroup(schema);
          row.addGroup("img")
              .append("bytes", Binary.fromConstantByteArray(ImageFiles.png(8, 8, i)));
          row.append("label", i % 3L);
          writer.write(row);
        }
      }
    }
    fuzz(
        folder.resolve("train-0.parquet"),
        "",
        () -> {
          HuggingFaceCopy copy =
              HuggingFaceCopy.open(folder.toString(), ImageFileSettings.DEFAULT, 1, Stored.HADOOP);
          for (HuggingFaceCopy.RowGroup group : copy.groups().get(Split.TRAIN)) {
            new SourceSlice.HuggingFace(
                    copy.columns(), group, ImageFileSettings.DEFAULT, copy.shape(), 0)
                .examples(Stored.HADOOP);
          }
        });
  }

  @Test
  void anArchiveThatUnpacksToMoreThanAnyCifarIsRefused() throws IOException {
    // Headers alone, since a size is believed before a file is unpacked: one byte too many in all.
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (OutputStream tar = new GZIPOutputStream(bomb)) {
      tar.write(header("small", TAR_RECORD));
      tar.write(new byte[TAR_RECORD]);
      tar.write(header("large", (1L << 30) - TAR_RECORD + 1));
    }
    assertThatIOException()
        .isThrownBy(
            () ->
                TarGz.unpack(
                    new ByteArrayInputStream(bomb.toByteArray()),
                    "bomb.tar.gz",
                    name -> OutputStream.nullOutputStream()))
        .withMessage(
            "Cannot unpack bomb.tar.gz: its files are larger than 1024 MiB together (no CIFAR archive is)");
  }

  private static byte[] header(String name, long bytes) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes);
    byte[] header = new byte[TAR_RECORD];
    entry.writeEntryHeader(header);
    return header;
  }
}
