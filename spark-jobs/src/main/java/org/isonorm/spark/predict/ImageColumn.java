package org.isonorm.spark.predict;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.isonorm.data.shard.ImageShape;

/**
 * A column of images in a DataFrame. Created on the driver; serialized to executors, which read
 * rows by it.
 *
 * @param name of the column
 * @param kind what an image is in it
 * @param shape [height, width, channels] of arrays of numbers; empty where they are none
 */
public record ImageColumn(String name, Kind kind, List<Integer> shape) implements ImageReader<Row> {
  private static final String BYTES = "bytes";

  /** The fields of Spark's own image schema that are read. */
  private static final List<String> PIXELS = List.of("height", "width", "nChannels", "data");

  private static final String ORIGIN = "origin";
  private static final String PATH = "path";

  /** OpenCV's number of eight unsigned bits a channel is 8 × (channels − 1). */
  private static final String MODE = "mode";

  private static final int RGB = 3;
  private static final int RGBA = 4;

  /** Of the shape of an array: height, width and channels. */
  private static final int DIMENSIONS = 3;

  private static final int WHITE = 255;

  /** What an image is. */
  public enum Kind {
    /** The bytes of a file. */
    ENCODED,
    /** A struct with a field {@code bytes} of them, as Hugging Face has it. */
    STRUCT,
    /** What {@code spark.read().format("image")} makes. */
    SPARK,
    /** Whole numbers from 0 to 255, row-major, of grey, two channels, RGB or RGBA. */
    ARRAY
  }

  /**
   * The column of that name.
   *
   * @throws IllegalArgumentException in one sentence, if it is not there or no column of images
   */
  public static ImageColumn of(StructType schema, String name) {
    return of(schema, name, List.of());
  }

  /**
   * The same, which may also be one of arrays of numbers.
   *
   * @param shape of these arrays, [height, width, channels]; empty for none
   */
  public static ImageColumn of(StructType schema, String name, List<Integer> shape) {
    DataType type = type(schema, name);
    if (type instanceof ArrayType array && array.elementType() instanceof NumericType) {
      return ofNumbers(name, type, shape);
    }
    return find(name, type)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "Invalid column %s: it is of type %s (must be the bytes of image files, a struct with them in bytes, what spark.read().format(\"image\") makes, or an array of numbers with its shape)",
                        name,
                        type.simpleString())));
  }

  /**
   * A column of numbers, whose images {@link #numbers} makes of them.
   *
   * @param type of the column, for messages
   * @throws IllegalArgumentException in one sentence, if the shape is missing or is none
   */
  public static ImageColumn ofNumbers(String name, DataType type, List<Integer> shape) {
    return new ImageColumn(name, Kind.ARRAY, checked(shape, name, type));
  }

  /**
   * The type of a column of whatever kind.
   *
   * @throws IllegalArgumentException in one sentence, if it is not there
   */
  public static DataType type(StructType schema, String name) {
    if (!Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column: %s (the rows have %s)",
              name,
              String.join(", ", schema.fieldNames())));
    }
    return schema.apply(name).dataType();
  }

  private static List<Integer> checked(List<Integer> shape, String name, DataType type) {
    if (shape.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column %s: it is of type %s (give its shape: height, width and channels)",
              name,
              type.simpleString()));
    }
    if (shape.size() != DIMENSIONS
        || shape.get(0) <= 0
        || shape.get(1) <= 0
        || shape.get(2) < 1
        || shape.get(2) > RGBA) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid shape: %s (must be height, width, and 1 to 4 channels)",
              shape));
    }
    return List.copyOf(shape);
  }

  /** A column by its name, which may hold dots: they are no fields here. */
  public static Column named(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** The first of the columns that can be images; none if there is no such. */
  public static Optional<ImageColumn> first(StructType schema) {
    return Arrays.stream(schema.fields())
        .flatMap(field -> find(field.name(), field.dataType()).stream())
        .findFirst();
  }

  private static Optional<ImageColumn> find(String name, DataType type) {
    if (type instanceof BinaryType) {
      return Optional.of(new ImageColumn(name, Kind.ENCODED, List.of()));
    }
    if (type instanceof StructType struct) {
      List<String> fields = Arrays.asList(struct.fieldNames());
      if (fields.containsAll(PIXELS)) {
        return Optional.of(new ImageColumn(name, Kind.SPARK, List.of()));
      }
      if (isBytes(struct)) {
        return Optional.of(new ImageColumn(name, Kind.STRUCT, List.of()));
      }
    }
    return Optional.empty();
  }

  private static boolean isBytes(StructType struct) {
    for (StructField field : struct.fields()) {
      if (field.name().equals(BYTES) && field.dataType() instanceof BinaryType) {
        return true;
      }
    }
    return false;
  }

  @Override
  public RawImage image(Row row) throws IOException {
    return image(row, described(row));
  }

  /** Whether a row has no image: a null, or Spark's mark of a file that it could not decode. */
  public boolean isMissing(Row row) {
    Object value = row.getAs(name);
    return value == null
        || kind == Kind.STRUCT && ((Row) value).getAs(BYTES) == null
        || kind == Kind.SPARK
            && (((Row) value).getAs("data") == null || number((Row) value, "height") <= 0);
  }

  /** The image of a row, which errors call by a name. */
  public RawImage image(Row row, String called) throws IOException {
    Object value = row.getAs(name);
    if (value == null) {
      throw new IOException(String.format(Locale.ROOT, "Cannot read image %s: it is null", called));
    }
    return switch (kind) {
      case ENCODED -> encoded((byte[]) value, called);
      case STRUCT -> encoded(((Row) value).getAs(BYTES), called);
      case SPARK -> pixels((Row) value, called);
      case ARRAY -> numbers(row.getList(row.fieldIndex(name)), called);
    };
  }

  private static RawImage encoded(byte[] file, String called) throws IOException {
    if (file == null) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it has no bytes (images stored as paths alone are not supported)",
              called));
    }
    return new RawImage.Encoded(file, called);
  }

  /** Where the image came from, as far as the row says it. */
  String described(Row row) {
    return described(row, "of column " + name);
  }

  /** The same, or where the row does not say it another name. */
  public String described(Row row, String otherwise) {
    String origin = "";
    if (row.getAs(name) instanceof Row struct) {
      origin = text(struct, kind == Kind.SPARK ? ORIGIN : PATH);
    }
    if (origin.isEmpty()) {
      origin = text(row, PATH);
    }
    return origin.isEmpty() ? otherwise : origin;
  }

  private static String text(Row row, String field) {
    return row.schema() != null
            && Arrays.asList(row.schema().fieldNames()).contains(field)
            && row.getAs(field) instanceof String value
        ? value
        : "";
  }

  /** Spark's pixels are rows of blue, green, red and maybe alpha, or of grey. */
  private static RawImage pixels(Row image, String called) throws IOException {
    int height = number(image, "height");
    int width = number(image, "width");
    int channels = number(image, "nChannels");
    byte[] data = image.getAs("data");
    if (height <= 0 || width <= 0 || data == null) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: Spark could not decode it (spark.read().format(\"binaryFile\") leaves that to Isonorm, which reads more)",
              called));
    }
    boolean known = channels == 1 || channels == RGB || channels == RGBA;
    int mode = Arrays.asList(image.schema().fieldNames()).contains(MODE) ? number(image, MODE) : -1;
    if (!known
        || (mode >= 0 && mode != 8 * (channels - 1))
        || data.length != (long) height * width * channels) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it has %d bytes for %d×%d pixels of %d channels in OpenCV's mode %d (must be 8 bits of 1, 3 or 4 channels)",
              called,
              data.length,
              width,
              height,
              channels,
              mode));
    }
    ImageShape shape = new ImageShape(height, width, channels);
    if (channels == 1) {
      return new RawImage.Pixels(data, shape, called);
    }
    byte[] rgb = data.clone();
    for (int i = 0; i < data.length; i += channels) {
      rgb[i] = data[i + 2];
      rgb[i + 2] = data[i];
    }
    return new RawImage.Pixels(rgb, shape, called);
  }

  /**
   * The image that numbers are.
   *
   * @throws IOException in one sentence that names it, if they are too few or no levels
   */
  public RawImage numbers(List<?> values, String called) throws IOException {
    int channels = shape.get(2);
    int pixels = shape.get(0) * shape.get(1);
    if (values.size() != pixels * channels) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it has %d values (must be %d × %d × %d)",
              called,
              values.size(),
              shape.get(0),
              shape.get(1),
              channels));
    }
    byte[] levels = new byte[pixels * channels];
    int out = 0;
    for (Object value : values) {
      levels[out++] = level(value, called);
    }
    return new RawImage.Pixels(
        levels, new ImageShape(shape.get(0), shape.get(1), channels), called);
  }

  private static byte level(Object value, String called) throws IOException {
    double number = value instanceof Number some ? some.doubleValue() : Double.NaN;
    int whole = (int) number;
    if (whole != number || whole < 0 || whole > WHITE) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read image %s: it holds the value %s (must be whole numbers from 0 to 255; multiply those in [0, 1] by 255 and round)",
              called,
              value));
    }
    return (byte) whole;
  }

  private static int number(Row row, String field) {
    return row.getAs(field) instanceof Integer value ? value : -1;
  }
}
