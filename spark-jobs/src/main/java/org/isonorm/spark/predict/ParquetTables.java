package org.isonorm.spark.predict;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.spark.predict.PredictionInput.Origin;

/**
 * Folders of Parquet files, read a few rows at a time. Where a file is damaged, Spark leaves out
 * the rest of what a task reads of it; {@link #lost} says which rows those are. Lives on the
 * driver.
 */
final class ParquetTables {
  static final String SUFFIX = ".parquet";

  /** Where the image is in {@link #rows}. */
  static final int IMAGE = 3;

  /** The number of a row in its file. */
  static final Column ROW = col("_metadata.row_index");

  private static final Column FILE = col("_metadata.file_path");
  private static final String FILE_NAME = "isonorm_file";
  private static final Pattern LOCAL = Pattern.compile("^file:/+");

  /** Rows that Spark decodes at once: several megabytes each, if they are photographs. */
  private static final String ROWS_AT_ONCE = "32";

  /** Bytes of Parquet that a task reads, about. */
  private static final String BYTES_A_TASK = "16m";

  private final List<Dataset<Row>> tables;
  private final Column index;
  private final SparkSession spark;

  /**
   * Rows of a file, one after another. Serialized to the driver.
   *
   * @param first from 0
   * @param end the first that is not one of them
   */
  record Rows(String path, long first, long end) implements Serializable {}

  /**
   * Rows that were not read. Serialized to executors.
   *
   * @param rows of the file; none if nobody knows how many it has
   * @param indexed whether an image's index is its row
   * @param reason why not
   */
  record Lost(Rows rows, boolean indexed, String reason) implements Serializable {
    /** Rows of the output: one for a file of which nothing is known. */
    long count() {
      return Math.max(1, rows.end() - rows.first());
    }

    /** All of it in one sentence. */
    String sentence() {
      return sentence(
          switch ((int) Math.min(2, rows.end() - rows.first())) {
            case 0 -> "";
            case 1 -> String.format(Locale.ROOT, "row %d of ", rows.first());
            default ->
                String.format(Locale.ROOT, "rows %d to %d of ", rows.first(), rows.end() - 1);
          });
    }

    private String sentence(String which) {
      return String.format(Locale.ROOT, "Cannot read %s%s: %s", which, rows.path(), reason);
    }

    /** Its rows of the output. */
    Iterator<Row> written(PredictionRows as) {
      if (rows.first() == rows.end()) {
        return List.of(
                as.row(new Origin(rows.path(), null, null), new Scored.Unreadable(sentence())))
            .iterator();
      }
      return LongStream.range(rows.first(), rows.end())
          .mapToObj(
              row ->
                  as.row(
                      new Origin(rows.path(), indexed ? row : null, row),
                      new Scored.Unreadable(
                          sentence(String.format(Locale.ROOT, "row %d of ", row)))))
          .iterator();
    }
  }

  private ParquetTables(List<Dataset<Row>> tables, Column index, SparkSession spark) {
    this.tables = tables;
    this.index = index;
    this.spark = spark;
  }

  /**
   * Opens folders of one schema, or files.
   *
   * @param index the number of an image
   * @throws IOException in one sentence, if none of their files can be read
   */
  static ParquetTables read(List<String> sources, Column index, SparkSession spark)
      throws IOException {
    List<Dataset<Row>> tables = new ArrayList<>();
    for (String source : sources) {
      tables.add(read(source, spark));
    }
    return new ParquetTables(tables, index, spark);
  }

  private static Dataset<Row> read(String source, SparkSession spark) throws IOException {
    try {
      return read(source, spark, true, false);
    } catch (Exception e) {
      // Spark takes the columns of the first file, which may be a damaged one.
    }
    try {
      return read(source, spark, true, true);
    } catch (Exception e) {
      // Nor has any other file columns.
    }
    try {
      return read(source, spark, false, false);
    } catch (Exception e) { // Spark throws AnalysisException, which it does not declare.
      String reason =
          e instanceof AnalysisException analysis
              ? analysis.getSimpleMessage().lines().findFirst().orElse("")
              : Unreadable.sentenceOrReason(e);
      throw new IOException(String.format(Locale.ROOT, "Cannot predict %s: %s", source, reason), e);
    }
  }

  private static Dataset<Row> read(
      String source, SparkSession spark, boolean ignoreCorrupt, boolean mergeSchema) {
    SparkSession own = spark.newSession();
    own.conf().set("spark.sql.parquet.columnarReaderBatchSize", ROWS_AT_ONCE);
    own.conf().set("spark.sql.files.maxPartitionBytes", BYTES_A_TASK);
    own.conf().set("spark.sql.shuffle.partitions", "1");
    // Else a changed byte of a pixel is a pixel.
    own.conf().set("parquet.page.verify-checksum.enabled", "true");
    return own.read()
        .option("recursiveFileLookup", true)
        .option("pathGlobFilter", "*" + SUFFIX)
        .option("ignoreCorruptFiles", ignoreCorrupt)
        .option("mergeSchema", mergeSchema)
        .parquet(source);
  }

  StructType schema() {
    return tables.get(0).schema();
  }

  /** Where each row is from, which {@link #origin} understands, and its image. */
  Dataset<Row> rows(Column image) {
    return union(
        tables.stream()
            .map(
                table ->
                    table.select(
                        FILE.alias(FILE_NAME),
                        ROW.alias("isonorm_row"),
                        index.alias("isonorm_index"),
                        image))
            .toList());
  }

  private static Dataset<Row> union(List<Dataset<Row>> parts) {
    return parts.stream().reduce(Dataset::union).orElseThrow();
  }

  static Origin origin(Row row) {
    return new Origin(
        path(row.getString(0)), row.isNullAt(2) ? null : row.getLong(2), row.getLong(1));
  }

  private static String path(String uri) {
    return LOCAL.matcher(uri).replaceFirst("/");
  }

  /**
   * The rows that the files' footers tell of and that tasks did not read.
   *
   * @param read in any order
   */
  List<Lost> lost(List<Rows> read) {
    Map<String, String> files = new TreeMap<>();
    for (Dataset<Row> table : tables) {
      for (String file : table.inputFiles()) {
        String uri = new Path(URI.create(file)).toString();
        files.put(path(uri), uri);
      }
    }
    // Of footers alone, as no column is asked for.
    Map<String, Long> promised = new HashMap<>();
    union(tables.stream().map(table -> table.select(FILE.alias(FILE_NAME))).toList())
        .groupBy(FILE_NAME)
        .count()
        .collectAsList()
        .forEach(row -> promised.put(path(row.getString(0)), row.getLong(1)));
    Map<String, List<Rows>> byFile = new HashMap<>();
    read.forEach(rows -> byFile.computeIfAbsent(rows.path(), key -> new ArrayList<>()).add(rows));
    List<Lost> lost = new ArrayList<>();
    files.forEach(
        (path, uri) -> {
          Long count = promised.get(path);
          List<Rows> gaps =
              count == null
                  ? List.of(new Rows(path, 0, 0))
                  : gaps(path, byFile.getOrDefault(path, List.of()), count);
          if (gaps.isEmpty()) {
            return;
          }
          Optional<String> reason = reason(uri);
          // A file of which no footer tells may have no rows.
          if (count != null || reason.isPresent()) {
            gaps.forEach(
                rows ->
                    lost.add(
                        new Lost(
                            rows,
                            index.equals(ROW),
                            reason.orElse("it was not read to its end (predict it again)"))));
          }
        });
    return lost;
  }

  /** Why a file cannot be read; none if it can. */
  private Optional<String> reason(String uri) {
    try {
      read(uri, spark, false, false).write().format("noop").mode(SaveMode.Overwrite).save();
      return Optional.empty();
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare.
      return Optional.of("it is damaged (" + Unreadable.reason(e) + ")");
    }
  }

  private static List<Rows> gaps(String path, List<Rows> read, long count) {
    List<Rows> gaps = new ArrayList<>();
    long next = 0;
    List<Rows> ordered = read.stream().sorted(Comparator.comparingLong(Rows::first)).toList();
    for (Rows rows : ordered) {
      if (rows.first() > next) {
        gaps.add(new Rows(path, next, rows.first()));
      }
      next = Math.max(next, rows.end());
    }
    if (next < count) {
      gaps.add(new Rows(path, next, count));
    }
    return gaps;
  }
}
