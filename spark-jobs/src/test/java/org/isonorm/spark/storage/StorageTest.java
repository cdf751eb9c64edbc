package org.isonorm.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.VersionInfo;
import org.apache.spark.SparkEnv;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageTest {
  private static final String SCHEME = "isonorm-test";

  @TempDir Path temporary;

  private Path remote;

  /** A Hadoop file system like an object store's: files appear whole, none can be appended to. */
  public static final class WithoutAppend extends SchemeFileSystem {
    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    public boolean hasPathCapability(org.apache.hadoop.fs.Path path, String capability) {
      return false;
    }
  }

  /** Makes a file system that of a scheme of URIs. */
  static void register(String scheme, Class<? extends FileSystem> system) {
    String key = "spark.hadoop.fs.%s.impl".formatted(scheme);
    System.setProperty(key, system.getName());
    if (SparkEnv.get() != null) {
      // Another test's application runs in this process: its settings are those that count.
      SparkEnv.get().conf().set(key, system.getName());
    }
  }

  @BeforeEach
  void register() {
    register(SCHEME, WithoutAppend.class);
    remote = Storage.path("%s://%s".formatted(SCHEME, temporary.resolve("root")));
  }

  @ParameterizedTest
  @CsvSource({
    "runs/a, runs/a",
    "/runs/a b, /runs/a b",
    "file:/runs/a b, /runs/a b",
    "file:///runs/a, /runs/a",
    "hdfs://host:8020/runs/a, hdfs://host:8020/runs/a",
    "s3a://bucket/runs/a b, s3a://bucket/runs/a b",
    "s3a://bucket, s3a://bucket/",
  })
  void pathsAndUrisArePaths(String text, String path) {
    assertThat(Storage.path(text)).hasToString(path);
    assertThat(Storage.isRemote(Storage.path(text))).isEqualTo(path.contains("://"));
  }

  @Test
  void namesResolveAsOnThisMachine() {
    Path run = Storage.path("s3a://bucket/runs/a");
    Path file = run.resolve("checkpoints").resolve("last.zip");
    assertThat(file).hasToString("s3a://bucket/runs/a/checkpoints/last.zip");
    assertThat(run.relativize(file)).hasToString("checkpoints/last.zip");
    assertThat(file.getFileName()).hasToString("last.zip");
    assertThat(file.getParent().getParent()).isEqualTo(run);
    assertThat(file.resolveSibling("best.zip").startsWith(run)).isTrue();
    assertThat(file.startsWith(Storage.path("s3a://other/runs/a"))).isFalse();
  }

  @Test
  void filesAreWrittenReadListedCopiedAndDeleted() throws IOException {
    Path folder = Files.createDirectories(remote.resolve("a/b"));
    Path file = Files.writeString(folder.resolve("one.txt"), "one");
    assertThat(Files.readString(file)).isEqualTo("one");
    assertThat(Files.size(file)).isEqualTo(3);
    try (Stream<Path> all = Files.walk(remote)) {
      assertThat(all).contains(folder, file);
    }
    assertThatThrownBy(() -> Files.delete(folder)).isInstanceOf(IOException.class);
    Path there = temporary.resolve("copied.txt");
    Files.copy(file, there);
    assertThat(there).hasContent("one");
    Files.delete(file);
    assertThat(Files.exists(file)).isFalse();
    assertThatThrownBy(() -> Files.readString(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasCauseInstanceOf(FileNotFoundException.class);
    assertThat(Files.deleteIfExists(file)).isFalse();
  }

  @Test
  void aFileGrowsWhereNoneCanBeAppendedTo() throws IOException {
    Files.createDirectories(remote);
    Path file = Files.writeString(remote.resolve("metrics.csv"), "header\n");
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
      out.write("row\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
    assertThat(Files.readString(file)).isEqualTo("header\nrow\n");
  }

  @Test
  void anUnknownSchemeIsSaidInASentence() {
    Path file = Storage.path("gopher://host/file");
    assertThatThrownBy(() -> Files.readString(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot open gopher://host/: Hadoop has no file system for gopher: on the class path (s3a: needs --packages org.apache.hadoop:hadoop-aws:"
                + VersionInfo.getVersion()
                + ")");
  }

  @Test
  void aLocalCopyLastsAsLongAsItIsRead() throws IOException {
    Files.createDirectories(remote);
    Path file = Files.writeString(remote.resolve("model.zip"), "model");
    Path local = Storage.readLocally(file, copy -> copy);
    assertThat(Storage.<String>readLocally(file, Files::readString)).isEqualTo("model");
    assertThat(local).doesNotExist();
    assertThat(local.getParent()).doesNotExist();
  }
}
