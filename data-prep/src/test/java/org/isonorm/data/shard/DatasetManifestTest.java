package org.isonorm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.isonorm.data.Stored;
import org.isonorm.data.source.DatasetKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetManifestTest {
  @TempDir Path folder;
  private DatasetManifest manifest;

  @BeforeEach
  void write() throws IOException {
    manifest = Stored.write(folder, Stored.randomExamples(6, 1), 2);
    // A copy without Hadoop's checksum file, for tests that edit it.
    Files.delete(folder.resolve(".manifest.json.crc"));
  }

  private Path file() {
    return folder.resolve(DatasetManifest.FILE_NAME);
  }

  private void edit(String from, String to) throws IOException {
    String json = Files.readString(file());
    assertThat(json).contains(from);
    Files.writeString(file(), json.replace(from, to));
  }

  private void assertRefused(String message) {
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(folder.toString(), Stored.HADOOP))
        .withMessage("Cannot read manifest %s: %s", file(), message);
  }

  @Test
  void loadsWhatWasSaved() throws IOException {
    assertThat(DatasetManifest.load(folder.toString(), Stored.HADOOP)).isEqualTo(manifest);
    assertThat(DatasetManifest.load(folder.toUri().toString(), Stored.HADOOP)).isEqualTo(manifest);
    assertThat(manifest.shape()).isEqualTo(ImageShape.CIFAR);
    assertThat(manifest.split(Split.TEST).positions()).isEqualTo(new PositionRange(0, 6));
  }

  @Test
  void travelsToExecutors() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(manifest);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(manifest);
    }
  }

  @Test
  void namesSplitsInLowerCase() throws IOException {
    assertThat(Files.readString(file())).contains("\"train\" : {").contains("\"test\" : {");
  }

  @Test
  void ignoresKeysOfLaterVersions() throws IOException {
    edit("\"seed\" : 7", "\"seed\" : 7, \"later\" : 1");
    assertThat(DatasetManifest.load(folder.toString(), Stored.HADOOP)).isEqualTo(manifest);
  }

  @Test
  void imagesOfEarlierVersionsWereTurnedUpright() throws IOException {
    edit("\"exif\" : \"upright\",", "");
    assertThat(DatasetManifest.load(folder.toString(), Stored.HADOOP)).isEqualTo(manifest);
  }

  @Test
  void saysHowToMakeAMissingOne() {
    Path missing = folder.resolve("nothing");
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(missing.toString(), Stored.HADOOP))
        .withMessage(
            "Cannot open data set %s: it has no manifest.json (make one with isonorm ingest)",
            missing);
  }

  /** A folder of another user, in which nothing seems to be. */
  static final class Forbidden extends RawLocalFileSystem {
    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
      throw new FileNotFoundException("File " + file + " does not exist");
    }

    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path folder) throws IOException {
      throw new AccessDeniedException(folder.toString(), null, "Permission denied");
    }
  }

  @Test
  void saysThatAFolderMayNotBeRead() {
    Configuration forbidden = new Configuration(Stored.HADOOP);
    forbidden.setClass("fs.file.impl", Forbidden.class, FileSystem.class);
    forbidden.setBoolean("fs.file.impl.disable.cache", true);
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(folder.toString(), forbidden))
        .withMessage("Cannot open data set %s: permission denied", folder);
  }

  @Test
  void saysThatAFolderOnTheWayMayNotBeEntered() throws IOException {
    Path secret = Files.createDirectory(folder.resolve("secret"));
    Path inside = Files.createDirectory(secret.resolve("data"));
    Files.setPosixFilePermissions(secret, Set.of());
    assumeFalse(
        Files.isExecutable(secret), "DatasetManifestTest is skipped: root may enter every folder");
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(inside.toString(), Stored.HADOOP))
        .withMessage("Cannot open data set %s: permission denied", inside);
  }

  @Test
  void saysThatAFileMayNotBeRead() throws IOException {
    Path file = file();
    org.apache.hadoop.fs.Path shown = new org.apache.hadoop.fs.Path(file.toString());
    assertThat(DatasetManifest.isForbidden(shown, Stored.HADOOP)).isFalse();
    Files.setPosixFilePermissions(file, Set.of());
    assumeFalse(Files.isReadable(file), "DatasetManifestTest is skipped: root may read every file");
    assertThat(DatasetManifest.isForbidden(shown, Stored.HADOOP)).isTrue();
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(folder.toString(), Stored.HADOOP))
        .withMessage("Cannot open data set %s: permission denied", folder);
  }

  @Test
  void refusesWhatIsNoJson() throws IOException {
    Files.writeString(file(), "{ \"dataset\" : ");
    assertThatIOException()
        .isThrownBy(() -> DatasetManifest.load(folder.toString(), Stored.HADOOP))
        .withMessageStartingWith("Cannot read manifest %s: Unexpected end-of-input", file());
  }

  @Test
  void refusesAnotherFormat() throws IOException {
    edit("\"formatVersion\" : 1", "\"formatVersion\" : 2");
    assertRefused(
        "Unsupported format version: 2 (this version reads 1; ingest the data set again)");
  }

  @Test
  void refusesAnotherLayout() throws IOException {
    edit("row-major HWC uint8", "CHW");
    assertRefused(
        "Unsupported layout: 'CHW' (must be 'row-major HWC uint8' or 'image file, resized to row-major HWC uint8')");
  }

  @Test
  void olderVersionsSaidNothingOfSizesAndWroteParquetsOwn() throws IOException {
    edit("  \"rowGroupBytes\" : 134217728,\n  \"imageBytes\" : 3072,\n", "");
    DatasetManifest older = DatasetManifest.load(folder.toString(), Stored.HADOOP);
    assertThat(older).isEqualTo(manifest);
    assertThat(older.isEncoded()).isFalse();
  }

  @Test
  void refusesSizesBelowZero() throws IOException {
    edit("\"imageBytes\" : 3072", "\"imageBytes\" : -1");
    assertRefused("Invalid sizes: 134217728 bytes a row group and -1 an image (must be >= 0)");
  }

  @Test
  void refusesCountsThatDisagree() throws IOException {
    edit("\"examples\" : 6", "\"examples\" : 7");
    assertRefused("Invalid split: 7 examples, but its classes hold 6 and its files 6");
  }

  @Test
  void refusesStatisticsThatCannotNormalize() throws IOException {
    edit("\"std\" : [ 0.25", "\"std\" : [ 0.0");
    assertRefused("Invalid standard deviation: 0.0 (must be > 0 and at most 1)");
  }

  @Test
  void refusesFilesOutsideOfTheSplitsFolder() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartFile("../part-0.parquet", 1))
        .withMessage("Invalid part file name: '../part-0.parquet' (must be a plain file name)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PartFile("part-0.parquet", 0))
        .withMessage("Invalid rows of part-0.parquet: 0 (must be > 0)");
  }

  @Test
  void dataSetsAreNamedAsOnTheCommandLine() {
    assertThat(DatasetKind.values())
        .extracting(DatasetKind::id)
        .containsExactly("cifar10", "cifar100", "synthetic", "folder", "huggingface");
  }
}
