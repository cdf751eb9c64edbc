package org.isonorm.spark.predict;

import java.util.List;
import java.util.Locale;
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
    return NearestName.find("--format", name, List.of(values()), PredictionFormat::label);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
