package org.isonorm.spark.api;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.isonorm.data.source.ClassNames;
import org.isonorm.spark.predict.ImageColumn;

/**
 * What labels a column holds: whole numbers from 0, or text. Made on the driver; serialized to
 * executors.
 *
 * @param text whether they are text
 */
record LabelColumn(boolean text) implements Serializable {
  /**
   * Finds out what a column holds.
   *
   * @throws IllegalArgumentException in one sentence, if there is no such column or it holds no
   *     labels
   */
  static LabelColumn of(StructType rows, String column) {
    DataType type = ImageColumn.type(rows, column);
    if (!(type instanceof NumericType) && !(type instanceof StringType)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid column %s: it is of type %s (must be a number or text)",
              column,
              type.simpleString()));
    }
    return new LabelColumn(type instanceof StringType);
  }

  /** The label of a row; nothing if it is null, or a number that is no class. */
  Optional<String> read(Row row, int column) {
    if (row.isNullAt(column)) {
      return Optional.empty();
    }
    if (text) {
      return Optional.of(row.getString(column));
    }
    double number = ((Number) row.get(column)).doubleValue();
    int whole = (int) number;
    return whole == number && whole >= 0 && whole <= ClassNames.MOST
        ? Optional.of(Integer.toString(whole))
        : Optional.empty();
  }

  /** What a label that is none is, for errors. */
  String problem() {
    return text ? "null or in no training row" : "null or no whole number from 0";
  }

  /**
   * The names of the classes.
   *
   * @param labels that there are
   * @param given names of the numbers, or empty
   */
  List<String> classNames(Set<String> labels, List<String> given) {
    if (text) {
      return List.copyOf(new TreeSet<>(labels));
    }
    return given.isEmpty() ? ClassNames.numbered(greatest(labels)) : given;
  }

  /** The greatest of labels that are numbers. */
  static int greatest(Set<String> labels) {
    return labels.stream().mapToInt(Integer::parseInt).max().orElse(0);
  }

  /** The class of every label. */
  Map<String, Integer> classes(List<String> names) {
    return IntStream.range(0, names.size())
        .boxed()
        .collect(Collectors.toMap(i -> text ? names.get(i) : i.toString(), i -> i));
  }
}
