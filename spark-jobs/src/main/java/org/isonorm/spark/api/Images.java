package org.isonorm.spark.api;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Images with labels, split into those that train and those that test. */
public sealed interface Images {
  /** Where they lie as an ingested data set, or will. */
  String folder();

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
   * ingestion reads), a struct with a field {@code bytes} of them, or an array of numbers whose
   * {@link Rows#shape} is given. Grey images are kept with one channel if the first is grey (see
   * {@link Rows#channels}). A label is a whole number from 0, or text: then the classes are its
   * values in alphabetical order.
   *
   * @param training rows that train, and of which {@code data.validation-examples} are kept for
   *     validation
   * @param test rows that are looked at once, at the end
   * @param folder where they are kept as an ingested data set, new; {@link #ingested} trains on it
   *     again
   */
  static Rows rows(Dataset<Row> training, Dataset<Row> test, String folder) {
    return rows(training, Optional.of(test), folder);
  }

  /**
   * The same without rows that test: the one evaluation at the end is of the rows kept for
   * validation, or without any of those that trained.
   */
  static Rows rows(Dataset<Row> training, String folder) {
    return rows(training, Optional.empty(), folder);
  }

  private static Rows rows(Dataset<Row> training, Optional<Dataset<Row>> test, String folder) {
    return new Rows(
        training,
        test,
        folder,
        "image",
        "label",
        Validation.BY_SETTING,
        List.of(),
        List.of(),
        List.of(),
        0);
  }

  /**
   * Checks that a column can be labels.
   *
   * @throws IllegalArgumentException in one sentence, if it is not there or of another type
   */
  static void checkLabels(StructType rows, String column) {
    LabelColumn.of(rows, column);
  }

  /** Which of the rows that train are kept for validation instead. */
  sealed interface Validation {
    /** As many as data.validation-examples says, drawn by a seed. */
    Validation BY_SETTING = new BySetting();

    /** See {@link #BY_SETTING}. */
    record BySetting() implements Validation {}

    /** Those whose column of booleans is true. */
    record Column(String name) implements Validation {}

    /** A share of them, drawn by a seed. */
    record Fraction(double share) implements Validation {
      public Fraction {
        if (!(share >= 0 && share < 1)) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT, "Invalid validation fraction: %s (must be in [0, 1))", share));
        }
      }
    }
  }

  /** See {@link Images#ingested}. */
  record Ingested(String folder) implements Images {}

  /**
   * See {@link Images#rows}.
   *
   * @param imageColumn the column of the images
   * @param labelColumn the column of the labels
   * @param validation which of the training rows are kept for validation
   * @param classNames names of the classes that whole numbers stand for; empty for none
   * @param shape [height, width, channels] of images that are arrays of numbers from 0 to 255,
   *     row-major; empty for none
   * @param size [height, width] in pixels that every image is resized to; empty to leave them as
   *     they are, which must then be of one size
   * @param channels that images are kept with: 1 of grey ones, 3 of ones in colour, 4 with
   *     transparency, 2 of arrays of two; 0 for those of the first image
   */
  record Rows(
      Dataset<Row> training,
      Optional<Dataset<Row>> test,
      String folder,
      String imageColumn,
      String labelColumn,
      Validation validation,
      List<String> classNames,
      List<Integer> shape,
      List<Integer> size,
      int channels)
      implements Images {
    public Rows {
      classNames = List.copyOf(classNames);
      shape = List.copyOf(shape);
      size = List.copyOf(size);
    }

    /** The same rows by other columns. */
    public Rows columns(String image, String label) {
      return with(
          copy -> {
            copy.imageColumn = image;
            copy.labelColumn = label;
          });
    }

    /** The same rows, of which others are kept for validation. */
    public Rows validation(Validation which) {
      return with(copy -> copy.validation = which);
    }

    /** The same rows, whose labels 0, 1, … have these names. */
    public Rows named(List<String> classes) {
      return with(copy -> copy.classNames = classes);
    }

    /** The same rows, whose arrays of numbers from 0 to 255 are images of that shape, row-major. */
    public Rows shape(int height, int width, int channelsOfArray) {
      return with(copy -> copy.shape = List.of(height, width, channelsOfArray));
    }

    /** The same rows, resized to squares of so many pixels a side; 0 leaves them as they are. */
    public Rows resized(int side) {
      return resized(side, side);
    }

    /** The same rows, resized to so many pixels, whatever their aspect. */
    public Rows resized(int height, int width) {
      return with(copy -> copy.size = List.of(height, width));
    }

    /**
     * The same rows, whose images are kept with so many channels: 1 makes colours grey, 3 makes
     * grey ones three equal channels, 4 keeps transparency. Without it, or with 0, they have those
     * of the first image.
     */
    public Rows channels(int kept) {
      return with(copy -> copy.channels = kept);
    }

    private Rows with(Consumer<Copy> change) {
      Copy copy = new Copy(this);
      change.accept(copy);
      return new Rows(
          training,
          test,
          folder,
          copy.imageColumn,
          copy.labelColumn,
          copy.validation,
          copy.classNames,
          copy.shape,
          copy.size,
          copy.channels);
    }

    /** What can be said otherwise of the same rows. */
    private static final class Copy {
      private String imageColumn;
      private String labelColumn;
      private Validation validation;
      private List<String> classNames;
      private List<Integer> shape;
      private List<Integer> size;
      private int channels;

      Copy(Rows rows) {
        imageColumn = rows.imageColumn;
        labelColumn = rows.labelColumn;
        validation = rows.validation;
        classNames = rows.classNames;
        shape = rows.shape;
        size = rows.size;
        channels = rows.channels;
      }
    }
  }
}
