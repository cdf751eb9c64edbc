package org.isonorm.spark.ml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.isonorm.spark.predict.ImageColumn;
import org.isonorm.spark.predict.ImageReader;
import org.isonorm.spark.predict.RawImage;

/**
 * The columns that estimator and model read and make.
 *
 * @param features holds the images
 * @param shape of images that are arrays or vectors; empty for none
 * @param made the column of each output that is wanted, in their order
 */
record Columns(String features, List<Integer> shape, Map<Output, String> made) {
  static Columns of(ImageClassifierParams params) {
    Map<Output, String> made = new LinkedHashMap<>();
    put(made, Output.RAW_PREDICTION, params.getRawPredictionCol());
    put(made, Output.PROBABILITY, params.getProbabilityCol());
    put(made, Output.PREDICTION, params.getPredictionCol());
    return new Columns(
        params.getFeaturesCol(), Arrays.stream(params.getImageShape()).boxed().toList(), made);
  }

  private static void put(Map<Output, String> made, Output output, String column) {
    if (!column.isEmpty()) {
      made.put(output, column);
    }
  }

  /**
   * The rows' schema with what is made.
   *
   * @param classNames of the model; empty where they are not known yet
   * @throws IllegalArgumentException in one sentence, if there are no images or a column is there
   *     already
   */
  StructType scored(StructType rows, List<String> classNames) {
    images(rows);
    List<StructField> fields = new ArrayList<>(Arrays.asList(rows.fields()));
    made.forEach(
        (output, column) -> {
          if (Arrays.asList(rows.fieldNames()).contains(column)) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "Invalid column %s: it is there already (choose another %sCol, or '' for none)",
                    column,
                    param(output)));
          }
          boolean vector = output != Output.PREDICTION;
          fields.add(
              new StructField(
                  column,
                  vector ? SQLDataTypes.VectorType() : DataTypes.DoubleType,
                  true,
                  vector || classNames.isEmpty() ? Metadata.empty() : nominal(column, classNames)));
        });
    return new StructType(fields.toArray(StructField[]::new));
  }

  private static String param(Output output) {
    return switch (output) {
      case RAW_PREDICTION -> "rawPrediction";
      case PROBABILITY -> "probability";
      case PREDICTION -> "prediction";
    };
  }

  /** What IndexToString makes names of. */
  private static Metadata nominal(String column, List<String> classNames) {
    return NominalAttribute.defaultAttr()
        .withName(column)
        .withValues(classNames.toArray(String[]::new))
        .toMetadata();
  }

  /** How an image is taken out of a row. */
  ImageReader<Row> images(StructType rows) {
    DataType type = ImageColumn.type(rows, features);
    return isVector(type)
        ? new Vectors(ImageColumn.ofNumbers(features, type, shape))
        : ImageColumn.of(rows, features, shape);
  }

  /** Images that are vectors of numbers. Serialized to executors. */
  private record Vectors(ImageColumn column) implements ImageReader<Row> {
    @Override
    public RawImage image(Row row) throws IOException {
      Vector values = row.getAs(column.name());
      String called = column.described(row, "of column " + column.name());
      if (values == null) {
        throw new IOException(
            String.format(Locale.ROOT, "Cannot read image %s: it is null", called));
      }
      return column.numbers(Arrays.stream(values.toArray()).boxed().toList(), called);
    }
  }

  /** The images as what can be read without Spark ML: vectors as arrays. */
  Column asArrays(Dataset<?> rows) {
    Column images = ImageColumn.named(features);
    return isVector(ImageColumn.type(rows.schema(), features))
        ? functions.vector_to_array(images, "float64")
        : images;
  }

  private static boolean isVector(DataType type) {
    return type.equals(SQLDataTypes.VectorType());
  }
}
