package org.isonorm.spark.predict;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.StoredSchema;
import org.isonorm.data.source.ImageFileList;
import org.isonorm.data.source.ImageFileList.ImageFile;
import org.isonorm.spark.storage.HadoopBroadcast;
import org.isonorm.spark.storage.Storage;

/**
 * Images to predict, a row each, read by the tasks that score them.
 *
 * @param rows in the order in which they are written; without those that Spark leaves out because
 *     their file is damaged
 * @param images takes the image out of a row
 * @param origins says where a row is from
 * @param tables the Parquet files with these rows; empty for image files
 */
record PredictionInput<T>(
    JavaRDD<T> rows, ImageReader<T> images, Origins<T> origins, Optional<ParquetTables> tables) {
  /** Folders in a folder, and entries of each, that are looked at: there may be a million. */
  private static final int LOOKED_INTO = 100;

  /**
   * Where an image is from.
   *
   * @param path of its file
   * @param index of its row in that file, or of the example in a data set; null for an image file
   * @param row of that file, from 0; null for an image file
   */
  record Origin(String path, Long index, Long row) {
    /** What errors call it, if it is in a table. */
    String name() {
      return String.format(Locale.ROOT, "%d of %s", index, path);
    }
  }

  /** Says where rows are from. Serialized to executors. */
  @FunctionalInterface
  interface Origins<T> extends Serializable {
    Origin of(T row);
  }

  /**
   * Opens what somebody names.
   *
   * @throws IOException in one sentence, if it is not there or has no images
   */
  static PredictionInput<?> open(String source, Optional<String> column, SparkSession spark)
      throws IOException {
    Path path = check(source);
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (Files.exists(path.resolve(DatasetManifest.FILE_NAME))) {
      return dataset(source, List.of(Split.TRAIN, Split.TEST), column, spark);
    }
    if (parent != null && Files.exists(parent.resolve(DatasetManifest.FILE_NAME))) {
      for (Split split : Split.values()) {
        if (path.endsWith(split.directory())) {
          return dataset(parent.toString(), List.of(split), column, spark);
        }
      }
    }
    if (isParquet(path)) {
      return parquet(source, column, spark);
    }
    if (column.isPresent()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --image-column: %s (%s holds no Parquet file; leave it out)",
              column.get(),
              source));
    }
    return files(source, spark);
  }

  /**
   * Checks that it is there, which needs no cluster; where it is.
   *
   * @throws IOException in one sentence, if it is not
   */
  static Path check(String source) throws IOException {
    Path path = Storage.path(source);
    if (!Files.exists(path)) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot predict %s: %s",
              source,
              Files.notExists(path) ? "it does not exist" : "permission denied"));
    }
    return path;
  }

  /** Whether it is a Parquet file, or a folder with one in it or in a folder in it. */
  private static boolean isParquet(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return isParquetByName(path);
    }
    List<Path> folders = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        if (isParquetByName(entry)) {
          return true;
        }
        if (folders.size() < LOOKED_INTO && Files.isDirectory(entry)) {
          folders.add(entry);
        }
      }
    }
    for (Path folder : folders) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        int looked = 0;
        for (Path entry : entries) {
          if (isParquetByName(entry)) {
            return true;
          }
          if (++looked == LOOKED_INTO) {
            break;
          }
        }
      }
    }
    return false;
  }

  private static boolean isParquetByName(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(ParquetTables.SUFFIX) && !name.startsWith(".") && !name.startsWith("_");
  }

  private static PredictionInput<ImageFile> files(String source, SparkSession spark)
      throws IOException {
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    List<List<ImageFile>> parts = ImageFileList.of(source, context.hadoopConfiguration()).parts();
    Broadcast<SerializableConfiguration> hadoop = HadoopBroadcast.of(context);
    return new PredictionInput<>(
        context.parallelize(parts, parts.size()).flatMap(List::iterator),
        file -> new RawImage.Encoded(file.read(hadoop.value().value()), file.shown()),
        file -> new Origin(file.path(), null, null),
        Optional.empty());
  }

  private static PredictionInput<Row> dataset(
      String folder, List<Split> splits, Optional<String> column, SparkSession spark)
      throws IOException {
    if (column.isPresent()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --image-column: %s (%s is an ingested data set, whose column is known; leave it out)",
              column.get(),
              folder));
    }
    DatasetManifest manifest =
        DatasetManifest.load(folder, spark.sparkContext().hadoopConfiguration());
    ImageShape shape = manifest.shape();
    boolean encoded = manifest.isEncoded();
    ParquetTables tables =
        ParquetTables.read(
            splits.stream().map(split -> folder + "/" + split.directory()).toList(),
            col(StoredSchema.INDEX),
            spark);
    return new PredictionInput<>(
        tables.rows(col(StoredSchema.IMAGE)).javaRDD(),
        row ->
            encoded
                ? new RawImage.Encoded(
                    row.getAs(ParquetTables.IMAGE), ParquetTables.origin(row).name())
                : new RawImage.Pixels(
                    row.getAs(ParquetTables.IMAGE), shape, ParquetTables.origin(row).name()),
        ParquetTables::origin,
        Optional.of(tables));
  }

  private static PredictionInput<Row> parquet(
      String source, Optional<String> column, SparkSession spark) throws IOException {
    ParquetTables tables = ParquetTables.read(List.of(source), ParquetTables.ROW, spark);
    StructType schema = tables.schema();
    ImageColumn images =
        column.isPresent()
            ? ImageColumn.of(schema, column.get())
            : ImageColumn.first(schema)
                .orElseThrow(
                    () ->
                        new IOException(
                            String.format(
                                Locale.ROOT,
                                "Cannot predict %s: it has no column of images, but %s (the bytes of image files, a struct with them in bytes, or what spark.read().format(\"image\") makes)",
                                source,
                                String.join(", ", schema.fieldNames()))));
    return new PredictionInput<>(
        tables.rows(ImageColumn.named(images.name())).javaRDD(),
        row -> images.image(row, ParquetTables.origin(row).name()),
        ParquetTables::origin,
        Optional.of(tables));
  }
}
