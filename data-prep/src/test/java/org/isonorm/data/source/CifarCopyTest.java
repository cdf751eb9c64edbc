package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.isonorm.data.CifarFixture;
import org.isonorm.data.Stored;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarCopyTest {
  @TempDir Path folder;
  private final Map<String, byte[]> cifar10 = CifarFixture.cifar10();
  private final Map<String, byte[]> cifar100 = CifarFixture.cifar100();

  private CifarCopy open(CifarFormat format, Path source) throws IOException {
    return CifarCopy.open(
        format,
        source.toString(),
        new org.apache.hadoop.fs.Path(folder.resolve("staging").toString()),
        Stored.HADOOP);
  }

  private void assertRefused(CifarFormat format, Path source, String message) {
    assertThatIOException().isThrownBy(() -> open(format, source)).withMessage(message);
  }

  private Path copyOf10() throws IOException {
    return CifarFixture.write(folder.resolve("copy"), cifar10);
  }

  @Test
  void opensTheFolderOfTheFilesOrItsParent() throws IOException {
    Path files = CifarFixture.write(folder.resolve("copy/cifar-10-batches-bin"), cifar10);
    assertThat(open(CifarFormat.CIFAR10, files))
        .isEqualTo(open(CifarFormat.CIFAR10, files.getParent()));
    assertThat(open(CifarFormat.CIFAR10, files).batches().get(Split.TRAIN)).hasSize(5);
  }

  @Test
  void opensTheArchive() throws IOException {
    Path archive = folder.resolve("cifar-100-binary.tar.gz");
    Files.write(archive, CifarFixture.tarGz("cifar-100-binary", cifar100));
    CifarCopy copy = open(CifarFormat.CIFAR100, archive);
    assertThat(copy.classNames()).hasSize(100).startsWith("name0", "name1");
    assertThat(copy.coarseClassNames()).hasSize(20);
    assertThat(copy.files())
        .extracting(SourceFile::name)
        .containsExactly(
            "cifar-100-binary.tar.gz",
            "train.bin",
            "test.bin",
            "fine_label_names.txt",
            "coarse_label_names.txt");
  }

  @Test
  void recordsTheChecksumOfEveryFile() throws IOException {
    CifarCopy copy = open(CifarFormat.CIFAR10, copyOf10());
    assertThat(copy.files()).hasSize(cifar10.size());
    for (SourceFile file : copy.files()) {
      byte[] bytes = cifar10.get(file.name());
      var sha256 = Checksums.sha256();
      sha256.update(bytes);
      assertThat(file.bytes()).isEqualTo(bytes.length);
      assertThat(file.sha256()).isEqualTo(Checksums.hex(sha256));
    }
  }

  @Test
  void refusesATruncatedBatch() throws IOException {
    cifar10.computeIfPresent(
        "data_batch_2.bin", (name, bytes) -> Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused(
        CifarFormat.CIFAR10,
        copyOf10(),
        "Cannot read CIFAR batch data_batch_2.bin: 92189 bytes is not a multiple of 3073");
  }

  @Test
  void refusesAnEmptyBatch() throws IOException {
    cifar10.put("test_batch.bin", new byte[0]);
    assertRefused(
        CifarFormat.CIFAR10, copyOf10(), "Cannot read CIFAR batch test_batch.bin: it is empty");
  }

  @Test
  void refusesLabelsOutOfRange() throws IOException {
    cifar10.get("data_batch_4.bin")[17 * 3_073] = 10;
    assertRefused(
        CifarFormat.CIFAR10,
        copyOf10(),
        "Cannot read CIFAR batch data_batch_4.bin: record 17 has label 10 (must be 0 to 9)");
    cifar100.get("test.bin")[3 * 3_074] = (byte) 255;
    assertRefused(
        CifarFormat.CIFAR100,
        CifarFixture.write(folder.resolve("copy100"), cifar100),
        "Cannot read CIFAR batch test.bin: record 3 has coarse label 255 (must be 0 to 19)");
  }

  @Test
  void refusesACopyThatLacksAFile() throws IOException {
    Path copy = copyOf10();
    Files.delete(copy.resolve("data_batch_3.bin"));
    assertRefused(
        CifarFormat.CIFAR10,
        copy,
        "Cannot ingest cifar10 from %s: data_batch_3.bin is missing".formatted(copy));
    cifar100.remove("coarse_label_names.txt");
    Path archive = folder.resolve("a.tar.gz");
    Files.write(archive, CifarFixture.tarGz("cifar-100-binary", cifar100));
    assertRefused(
        CifarFormat.CIFAR100,
        archive,
        "Cannot ingest cifar100 from %s: coarse_label_names.txt is missing".formatted(archive));
  }

  @Test
  void refusesTheOtherDataset() throws IOException {
    Path copy = copyOf10();
    assertRefused(
        CifarFormat.CIFAR100,
        copy,
        "Cannot ingest cifar100 from %s: it holds cifar10 (use --dataset cifar10)".formatted(copy));
    Path parent = folder.resolve("parent");
    CifarFixture.write(parent.resolve("cifar-100-binary"), cifar100);
    assertRefused(
        CifarFormat.CIFAR10,
        parent,
        "Cannot ingest cifar10 from %s: it holds cifar100 (use --dataset cifar100)"
            .formatted(parent));
    Path archive = folder.resolve("cifar-10-binary.tar.gz");
    Files.write(archive, CifarFixture.tarGz("cifar-100-binary", cifar100));
    assertRefused(
        CifarFormat.CIFAR10,
        archive,
        "Cannot ingest cifar10 from %s: it holds cifar100 (use --dataset cifar100)"
            .formatted(archive));
  }

  @Test
  void refusesWhatIsNoCopy() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertRefused(
        CifarFormat.CIFAR10,
        empty,
        "Cannot ingest cifar10 from %s: it holds no data_batch_1.bin (the binary version is needed: cifar-10-binary.tar.gz or its folder cifar-10-batches-bin)"
            .formatted(empty));
    Path missing = folder.resolve("missing");
    assertRefused(
        CifarFormat.CIFAR10,
        missing,
        "Cannot ingest cifar10 from %s: it does not exist (get a copy with isonorm fetch --dataset cifar10)"
            .formatted(missing));
    Path text = Files.writeString(folder.resolve("batch.txt"), "no archive at all");
    assertRefused(
        CifarFormat.CIFAR10, text, "Cannot read %s: it is not a tar.gz archive".formatted(text));
  }

  @Test
  void refusesAnotherNumberOfClassNames() throws IOException {
    cifar10.put("batches.meta.txt", CifarFixture.bytes("cat\ndog\n"));
    assertRefused(
        CifarFormat.CIFAR10,
        copyOf10(),
        "Cannot read class names batches.meta.txt: it holds 2 names (must be 10)");
  }

  @Test
  void refusesAnArchiveThatHoldsAFileTwice() throws IOException {
    Path archive = folder.resolve("twice.tar.gz");
    Files.write(
        archive,
        CifarFixture.tarGz(
            tar -> {
              CifarFixture.put(tar, "a/test.bin", cifar100.get("test.bin"));
              CifarFixture.put(tar, "b/test.bin", cifar100.get("test.bin"));
            }));
    assertRefused(
        CifarFormat.CIFAR100,
        archive,
        "Cannot read %s: it holds test.bin twice".formatted(archive));
  }
}
