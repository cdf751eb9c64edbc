package org.isonorm.spark.api;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.ImageFileSettings;

/**
 * Makes an ingested data set of a DataFrame's rows: as Parquet files with encoded images first,
 * which ingestion then reads like anybody's.
 */
final class RowIngestion {
  private static final String BYTES = "bytes";
  private static final List<String> SPARK_IMAGE = List.of("height", "width", "nChannels", "data");

  private final Images.Rows rows;
  private final SparkSession spark;

  RowIngestion(Images.Rows rows, SparkSession spark) {
    this.rows = rows;
    this.spark = spark;
  }

  /**
   * Makes it.
   *
   * @return its name for the key data.dataset
   * @throws IllegalArgumentException in one sentence, if a column is not what it should be, or an
   *     image or label is null
   */
  String run() throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Path out = new Path(rows.folder());
    FileSystem files = out.getFileSystem(hadoop);
    Path temporary =
        new Path(
            files.makeQualified(out).getParent(),
            String.format(Locale.ROOT, ".%s.rows", UUID.randomUUID()));
    List<String> names = classNames();
    try {
      write(rows.training(), "train", names, temporary, files);
      write(rows.test(), "test", names, temporary, files);
      IngestOptions options =
          IngestOptions.own(
                  DatasetKind.HUGGINGFACE,
                  temporary.toString(),
                  new ImageFileSettings(rows.size(), ImageFileSettings.DEFAULT_TEST_FRACTION),
                  out.toString())
              .withClassNames(names);
      return Ingestion.run(options, spark).dataset();
    } finally {
      files.delete(temporary, true);
    }
  }

  /** The values of a column of text in alphabetical order; nothing for numbers. */
  private List<String> classNames() {
    DataType type = type(rows.training(), rows.labelColumn());
    if (type instanceof NumericType) {
      return List.of();
    }
    if (!(type instanceof StringType)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column %s: it is of type %s (must be a number or text)",
              rows.labelColumn(),
              type.simpleString()));
    }
    TreeSet<String> names = new TreeSet<>();
    rows.training()
        .select(col(rows.labelColumn()).cast(DataTypes.StringType))
        .distinct()
        .na()
        .drop()
        .collectAsList()
        .forEach(row -> names.add(row.getString(0)));
    return List.copyOf(names);
  }

  private static DataType type(Dataset<Row> rows, String column) {
    if (!Arrays.asList(rows.columns()).contains(column)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column: %s (the rows have %s)",
              column,
              String.join(", ", rows.columns())));
    }
    return rows.schema().apply(column).dataType();
  }

  private void write(
      Dataset<Row> split, String name, List<String> names, Path folder, FileSystem files)
      throws IOException {
    type(split, rows.labelColumn());
    Column image = encoded(type(split, rows.imageColumn()));
    Dataset<Row> selected = split.select(image.alias(BYTES), label(names).alias("label"));
    refuseNulls(selected, BYTES, rows.imageColumn(), name, "null");
    refuseNulls(
        selected,
        "label",
        rows.labelColumn(),
        name,
        names.isEmpty() ? "null or no whole number from 0" : "null or in no training row");
    Path written = new Path(folder, "written-" + name);
    selected
        .select(
            struct(col(BYTES), lit(null).cast(DataTypes.StringType).alias("path")).alias("image"),
            col("label"))
        .write()
        .parquet(written.toString());
    int number = 0;
    for (FileStatus file : files.listStatus(written, path -> path.getName().endsWith(".parquet"))) {
      files.rename(
          file.getPath(),
          new Path(folder, String.format(Locale.ROOT, "%s-%d.parquet", name, number++)));
    }
    files.delete(written, true);
  }

  private static void refuseNulls(
      Dataset<Row> rows, String column, String shown, String split, String what) {
    long bad = rows.filter(col(column).isNull()).count();
    if (bad > 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column %s: %d of the %s rows %s %s (leave such rows out)",
              shown,
              bad,
              split,
              bad == 1 ? "is" : "are",
              what));
    }
  }

  private Column label(List<String> names) {
    Column label = col(rows.labelColumn());
    if (names.isEmpty()) {
      Column whole = label.cast(DataTypes.LongType);
      return org.apache.spark.sql.functions.when(
          whole.equalTo(label.cast(DataTypes.DoubleType)).and(whole.geq(0)), whole);
    }
    UDF1<String, Long> index =
        text -> {
          int position = text == null ? -1 : names.indexOf(text);
          return position < 0 ? null : Long.valueOf(position);
        };
    return udf(index, DataTypes.LongType).apply(label);
  }

  private Column encoded(DataType type) {
    Column image = col(rows.imageColumn());
    if (type instanceof BinaryType) {
      return image;
    }
    if (type instanceof StructType struct) {
      List<String> fields = Arrays.asList(struct.fieldNames());
      if (fields.contains(BYTES) && struct.apply(BYTES).dataType() instanceof BinaryType) {
        return image.getField(BYTES);
      }
      if (fields.containsAll(SPARK_IMAGE)) {
        UDF1<Row, byte[]> png = RowIngestion::png;
        return udf(png, DataTypes.BinaryType).apply(image);
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid column %s: it is of type %s (must be encoded bytes, a struct with a field bytes, or what spark.read.format(\"image\") reads)",
            rows.imageColumn(),
            type.simpleString()));
  }

  /** An image of Spark's schema, whose pixels are row-major BGR, as PNG, which loses nothing. */
  static byte[] png(Row image) {
    if (image == null || image.isNullAt(image.fieldIndex("data"))) {
      return null;
    }
    int height = image.getInt(image.fieldIndex("height"));
    int width = image.getInt(image.fieldIndex("width"));
    int channels = image.getInt(image.fieldIndex("nChannels"));
    int type =
        switch (channels) {
          case 1 -> BufferedImage.TYPE_BYTE_GRAY;
          case 3 -> BufferedImage.TYPE_3BYTE_BGR;
          case 4 -> BufferedImage.TYPE_4BYTE_ABGR;
          default ->
              throw new IllegalArgumentException(
                  String.format(
                      Locale.ROOT,
                      "Unsupported image: %d channels (1, 3 and 4 are read)",
                      channels));
        };
    BufferedImage pixels = new BufferedImage(width, height, type);
    byte[] target = ((DataBufferByte) pixels.getRaster().getDataBuffer()).getData();
    byte[] data = image.getAs("data");
    if (channels == 4) {
      for (int i = 0; i < data.length; i += channels) { // BGRA to ABGR
        target[i] = data[i + 3];
        System.arraycopy(data, i, target, i + 1, 3);
      }
    } else {
      System.arraycopy(data, 0, target, 0, data.length);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(pixels, "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }
}
