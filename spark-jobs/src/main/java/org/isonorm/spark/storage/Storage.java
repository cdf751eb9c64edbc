package org.isonorm.spark.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import scala.Tuple2;

/**
 * Paths from text. What has no scheme, or {@code file:}, is a path of this machine; any other URI
 * is one of the Hadoop file system of its scheme ({@code hdfs:}, {@code s3a:}, …), with the
 * settings of core-site.xml on the class path and of Spark's {@code spark.hadoop.*} properties.
 */
public final class Storage {
  /** A scheme has two letters at least: one would be a Windows drive. */
  private static final Pattern URI_WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private static final String SETTINGS = "spark.hadoop.";

  private Storage() {}

  /** Makes something of a file of this machine. */
  @FunctionalInterface
  public interface LocalReader<T> {
    T read(Path local) throws IOException;
  }

  /** Writes a file of this machine. */
  @FunctionalInterface
  public interface LocalWriter {
    void write(Path local) throws IOException;
  }

  /**
   * A path or URI.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Path path(String text) {
    if (!URI_WITH_SCHEME.matcher(text).matches()) {
      return Path.of(text);
    }
    // Hadoop's own path takes spaces as they stand.
    URI uri = new org.apache.hadoop.fs.Path(text).toUri();
    if (uri.getScheme().equals("file")) {
      return Path.of(uri.getPath());
    }
    return HadoopFileSystem.of(uri).root(uri);
  }

  /** Hadoop's settings with Spark's, of the running application or as spark-submit gave them. */
  public static Configuration hadoop() {
    Configuration settings = new Configuration();
    SparkConf spark = SparkEnv.get() == null ? new SparkConf() : SparkEnv.get().conf();
    for (Tuple2<String, String> setting : spark.getAllWithPrefix(SETTINGS)) {
      settings.set(setting._1(), setting._2());
    }
    return settings;
  }

  /** Whether a path is not of this machine. */
  public static boolean isRemote(Path path) {
    return path instanceof HadoopPath;
  }

  /** Reads a file through a copy on this machine where it is not there already. */
  public static <T> T readLocally(Path file, LocalReader<T> reader) throws IOException {
    if (!isRemote(file)) {
      return reader.read(file);
    }
    Path folder = Files.createTempDirectory("isonorm-");
    Path local = folder.resolve(file.getFileName().toString());
    try {
      Files.copy(file, local);
      return reader.read(local);
    } finally {
      Files.deleteIfExists(local);
      Files.delete(folder);
    }
  }

  /**
   * Writes a remote file whole or not at all: on this machine first, then to its place. On HDFS it
   * is written beside its place and renamed; an object store shows an object when it is complete.
   */
  public static void writeLocally(Path file, LocalWriter writer) throws IOException {
    HadoopPath remote = (HadoopPath) file;
    Path folder = Files.createTempDirectory("isonorm-");
    Path local = folder.resolve(file.getFileName().toString());
    try {
      writer.write(local);
      remote.getFileSystem().publish(local, remote);
    } finally {
      Files.deleteIfExists(local);
      Files.delete(folder);
    }
  }
}
