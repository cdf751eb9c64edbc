package org.isonorm.data.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.isonorm.data.SparkTest;
import org.isonorm.data.Stored;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardReaderTest {
  @TempDir Path folder;
  private final List<Example> examples = Stored.randomExamples(100, 2);

  @BeforeEach
  void write() {
    Stored.write(folder, examples, 4);
  }

  private Shard read(long from, long to) throws IOException {
    return ShardReader.read(folder.toString(), Split.TRAIN, from, to, Stored.HADOOP);
  }

  private Path part(int part) {
    return folder.resolve("train/part-%d.parquet".formatted(part));
  }

  private void assertRefused(int part, String message) {
    assertThatIOException()
        .isThrownBy(() -> read(0, 100))
        .withMessageContaining("part-%d.parquet: ".formatted(part))
        .withMessageContaining(message)
        .withMessageStartingWith("Cannot read ")
        .extracting(e -> e.getMessage().lines().count())
        .isEqualTo(1L);
  }

  private void assertHolds(Shard shard, List<Example> expected) {
    Shard wanted = Stored.shard(expected);
    assertThat(shard.images()).isEqualTo(wanted.images());
    assertThat(shard.labels()).isEqualTo(wanted.labels());
    assertThat(shard.indices()).isEqualTo(wanted.indices());
  }

  @Test
  void readsAllRowsInStoredOrder() throws IOException {
    assertHolds(read(0, 100), examples);
  }

  @Test
  void readsARangeAcrossFiles() throws IOException {
    Shard shard = read(20, 63);
    assertHolds(shard, examples.subList(20, 63));
    assertThat(shard.size()).isEqualTo(43);
    assertThat(shard.positions()).isEqualTo(new PositionRange(20, 63));
  }

  @Test
  void readsRangesAcrossRowGroups(@TempDir Path other) throws IOException {
    List<Example> many = Stored.randomExamples(1_000, 4);
    Stored.write(other, many, 1, 300_000);
    for (long[] range : new long[][] {{0, 1_000}, {99, 101}, {350, 777}, {999, 1_000}}) {
      Shard shard =
          ShardReader.read(other.toString(), Split.TEST, range[0], range[1], Stored.HADOOP);
      assertHolds(shard, many.subList((int) range[0], (int) range[1]));
    }
  }

  @Test
  void opensOnlyTheFilesThatHoldTheRange() throws IOException {
    Files.delete(part(0));
    Files.delete(part(3));
    assertHolds(read(25, 75), examples.subList(25, 75));
    assertRefused(0, "the file is missing");
  }

  @Test
  void survivesJavaSerialization() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(read(0, 10));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertHolds((Shard) in.readObject(), examples.subList(0, 10));
    }
  }

  @Test
  void refusesFlippedBitsInAnImage() throws IOException {
    damage(part(1), Files.readAllBytes(part(1)).length / 2);
    assertRefused(1, "Checksum");
  }

  @Test
  void refusesFlippedBitsWithoutHadoopsChecksumFile() throws IOException {
    Files.delete(folder.resolve("train/.part-1.parquet.crc"));
    damage(part(1), Files.readAllBytes(part(1)).length / 2);
    assertRefused(1, "CRC checksum verification failed");
  }

  @Test
  void refusesABrokenFooter() throws IOException {
    Files.delete(folder.resolve("train/.part-2.parquet.crc"));
    int length = Files.readAllBytes(part(2)).length;
    for (int at = length - 300; at < length; at += 3) {
      damage(part(2), at);
    }
    assertRefused(2, "");
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    Files.delete(folder.resolve("train/.part-3.parquet.crc"));
    byte[] bytes = Files.readAllBytes(part(3));
    Files.write(part(3), java.util.Arrays.copyOf(bytes, bytes.length - 1_000));
    assertRefused(3, "is not a Parquet file");
  }

  @Test
  void refusesAFileThatHoldsOtherThanTheManifestSays() throws IOException {
    Files.copy(part(0), folder.resolve("spare"));
    Stored.write(folder.resolve("other"), Stored.randomExamples(30, 9), 1);
    Files.delete(part(0));
    Files.delete(folder.resolve("train/.part-0.parquet.crc"));
    Files.copy(folder.resolve("other/train/part-0.parquet"), part(0));
    assertRefused(0, "it holds 30 rows, but the manifest says 25");
  }

  @Test
  void refusesLabelsOutOfRange(@TempDir Path other) {
    List<Example> wrong = new ArrayList<>(examples);
    wrong.set(42, new Example(42, examples.get(42).image(), 10, 0));
    Stored.write(other, wrong, 1);
    assertThatIOException()
        .isThrownBy(() -> ShardReader.read(other.toString(), Split.TRAIN, 0, 100, Stored.HADOOP))
        .withMessageEndingWith("part-0.parquet: row 42 has label 10 (must be 0 to 9)");
  }

  @Test
  void refusesImagesOfTheWrongSize(@TempDir Path other) {
    List<Example> wrong = new ArrayList<>(examples);
    wrong.set(42, new Example(42, new byte[3_071], 1, 0));
    Stored.write(other, wrong, 1);
    assertThatIOException()
        .isThrownBy(() -> ShardReader.read(other.toString(), Split.TRAIN, 0, 100, Stored.HADOOP))
        .withMessageEndingWith("row 42 holds an image of 3071 bytes (must be 3072)");
  }

  @Test
  void refusesPositionsThatTheSplitDoesNotHave() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(50, 101))
        .withMessage(
            "Invalid positions: 50 to 101 (must be a non-empty range within the 100 rows of the train split)");
    assertThatIllegalArgumentException().isThrownBy(() -> read(50, 50));
  }

  @Tag("long")
  @Test
  void refusesFilesWithOtherColumns() throws IOException {
    Files.delete(part(0));
    Files.delete(folder.resolve("train/.part-0.parquet.crc"));
    SparkTest.session()
        .range(25)
        .coalesce(1)
        .write()
        .option("compression", "none")
        .parquet(folder.resolve("spark").toString());
    try (var files = Files.list(folder.resolve("spark"))) {
      Path written = files.filter(file -> file.toString().endsWith(".parquet")).findFirst().get();
      Files.copy(written, part(0));
    }
    assertRefused(0, "it has no column 'required int64 index'");
  }

  private static void damage(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 0x55;
    Files.write(file, bytes);
  }
}
