package org.isonorm.spark.ml;

import java.util.Locale;

/** What a model does with a row whose image is null or cannot be read. */
enum InvalidImages {
  /** End the job with a sentence that names it. */
  ERROR,
  /** Leave the row out. */
  SKIP,
  /** Give it null predictions. */
  KEEP;

  static InvalidImages parse(String name) {
    for (InvalidImages value : values()) {
      if (value.name().toLowerCase(Locale.ROOT).equals(name)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT, "Invalid handleInvalid: %s (must be error, skip or keep)", name));
  }
}
