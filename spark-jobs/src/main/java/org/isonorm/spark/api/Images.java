package org.isonorm.spark.api;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Images with labels, split into those that train and those that test. */
public sealed interface Images {
  /**
   * A data set that {@code isonorm ingest} or {@link #rows} made.
   *
   * @param folder a path or any URI Hadoop reads, at which every executor finds it
   */
  static Images ingested(String folder) {
    return new Ingested(folder);
  }

  /**
   * Rows of a DataFrame with a column {@code image} and a column {@code label}. An image is what
   * {@code spark.read().format("image")} reads, encoded bytes (PNG, JPEG and whatever else
   * ingestion reads), or a struct with a field {@code bytes} of them. A label is a whole number
   * from 0, or text: then the classes are its values in alphabetical order.
   *
   * @param training rows that train, and of which {@code data.validation-examples} are kept for
   *     validation
   * @param test rows that are looked at once, at the end
   * @param folder where they are kept as an ingested data set, new; {@link #ingested} trains on it
   *     again
   */
  static Rows rows(Dataset<Row> training, Dataset<Row> test, String folder) {
    return new Rows(training, test, folder, "image", "label", 0);
  }

  /** See {@link Images#ingested}. */
  record Ingested(String folder) implements Images {}

  /**
   * See {@link Images#rows}.
   *
   * @param imageColumn the column of the images
   * @param labelColumn the column of the labels
   * @param size pixels a side that every image is resized to; 0 to leave them as they are, which
   *     must then be of one size
   */
  record Rows(
      Dataset<Row> training,
      Dataset<Row> test,
      String folder,
      String imageColumn,
      String labelColumn,
      int size)
      implements Images {
    /** The same rows by other columns. */
    public Rows columns(String image, String label) {
      return new Rows(training, test, folder, image, label, size);
    }

    /** The same rows, resized to squares of so many pixels a side. */
    public Rows resized(int side) {
      return new Rows(training, test, folder, imageColumn, labelColumn, side);
    }
  }
}
