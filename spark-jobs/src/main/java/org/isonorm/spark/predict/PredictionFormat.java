package org.isonorm.spark.predict;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.isonorm.init.NearestName;

/** What predictions are written as. */
public enum PredictionFormat {
  PARQUET,
  CSV,
  JSONL;

  /**
   * The format of a name.
   *
   * @throws IllegalArgumentException with the nearest one, if there is none
   */
  public static PredictionFormat parse(String name) {
    List<String> names = Stream.of(values()).map(PredictionFormat::label).toList();
    if (!names.contains(name)) {
      throw NearestName.unknown("--format", name, names);
    }
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
