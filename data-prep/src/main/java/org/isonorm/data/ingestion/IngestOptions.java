package org.isonorm.data.ingestion;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.data.source.SyntheticSettings;

/**
 * What to ingest and where to; see the factories.
 *
 * @param source what to read, as the factories say; empty for the synthetic data set
 * @param out folder to make: a local path, or a {@code file:}, {@code hdfs:}, {@code s3a:} URI
 * @param files Parquet files a split; empty for as many as {@link #MOST_FILES}, or its rows if
 *     there are fewer
 * @param seed of the stored order, and of the images where they are synthetic
 * @param overwrite whether an ingested data set at {@code out} is replaced
 * @param synthetic size of the synthetic data set; ignored for others
 * @param images how image files are taken; ignored for CIFAR and the synthetic data set
 */
public record IngestOptions(
    DatasetKind dataset,
    String source,
    String out,
    OptionalInt files,
    long seed,
    boolean overwrite,
    SyntheticSettings synthetic,
    ImageFileSettings images) {
  /** Divides evenly among the usual numbers of workers; a CIFAR training file is 10 MB. */
  public static final int MOST_FILES = 16;

  /** The start of a URI up to its path. */
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:(//[^/]*)?(?=/)");

  public static final long DEFAULT_SEED = 1;

  public IngestOptions {
    Objects.requireNonNull(dataset, "dataset");
    Objects.requireNonNull(synthetic, "synthetic");
    if (out.isBlank()) {
      throw new IllegalArgumentException("Invalid out: '' (must name a folder)");
    }
    requireNoColon("out", out);
    if (dataset != DatasetKind.FOLDER) {
      requireNoColon("source", source);
    }
    Objects.requireNonNull(images, "images");
    if (dataset.isOwn() && source.isBlank()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid source: '' (%s needs the folder of the images)", dataset));
    }
    if (dataset != DatasetKind.SYNTHETIC && source.isBlank()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid source: '' (%s needs the archive or its folder; get one with isonorm fetch --dataset %s)",
              dataset,
              dataset));
    }
    if (files.isPresent() && files.getAsInt() <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid files: %d (must be >= 1)", files.getAsInt()));
    }
  }

  /**
   * Ingests a CIFAR data set in its binary version.
   *
   * @param source the published archive (tar.gz), the folder it unpacks to, or the folder that
   *     holds that folder
   */
  public static IngestOptions cifar(DatasetKind dataset, String source, String out) {
    return new IngestOptions(
        dataset,
        source,
        out,
        OptionalInt.empty(),
        DEFAULT_SEED,
        false,
        SyntheticSettings.DEFAULT,
        ImageFileSettings.DEFAULT);
  }

  /**
   * Ingests somebody's own images.
   *
   * @param dataset {@link DatasetKind#FOLDER} or {@link DatasetKind#HUGGINGFACE}
   * @param source the folder of the class folders, or of {@code train-*.parquet} and {@code
   *     test-*.parquet}
   */
  public static IngestOptions own(
      DatasetKind dataset, String source, ImageFileSettings images, String out) {
    return new IngestOptions(
        dataset,
        source,
        out,
        OptionalInt.empty(),
        DEFAULT_SEED,
        false,
        SyntheticSettings.DEFAULT,
        images);
  }

  /** Draws and ingests the synthetic data set. */
  public static IngestOptions synthetic(SyntheticSettings synthetic, String out) {
    return new IngestOptions(
        DatasetKind.SYNTHETIC,
        "",
        out,
        OptionalInt.empty(),
        DEFAULT_SEED,
        false,
        synthetic,
        ImageFileSettings.DEFAULT);
  }

  private static void requireNoColon(String key, String path) {
    if (SCHEME.matcher(path).replaceFirst("").contains(":")) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (must have no ':' in its path, which Hadoop's file systems cannot hold; rename it)",
              key,
              path));
    }
  }

  /**
   * How many files a split of so many rows becomes.
   *
   * @throws IllegalArgumentException if more were asked for than there are rows
   */
  int filesFor(int rows, Split split) {
    if (files.isEmpty()) {
      return Math.min(MOST_FILES, rows);
    }
    if (files.getAsInt() > rows) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid files: %d (must be at most the %d rows of the %s split)",
              files.getAsInt(),
              rows,
              split.directory()));
    }
    return files.getAsInt();
  }

  public IngestOptions withFiles(int count) {
    return new IngestOptions(
        dataset, source, out, OptionalInt.of(count), seed, overwrite, synthetic, images);
  }

  public IngestOptions withSeed(long value) {
    return new IngestOptions(dataset, source, out, files, value, overwrite, synthetic, images);
  }

  public IngestOptions withOverwrite(boolean replace) {
    return new IngestOptions(dataset, source, out, files, seed, replace, synthetic, images);
  }
}
