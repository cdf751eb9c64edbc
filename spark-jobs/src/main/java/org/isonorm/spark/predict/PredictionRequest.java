package org.isonorm.spark.predict;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.source.ImageFileSettings;

/**
 * What to predict.
 *
 * @param model model.zip of a run, on any file system
 * @param input a folder of images, however nested, or one image; an ingested data set or one of its
 *     splits; Parquet with a column of images: a path or URI
 * @param column the column of images in Parquet; empty for the first there is
 * @param out the folder to make, a path or URI
 * @param top classes that are told of an image, the most probable ones
 * @param overwrite whether predictions at {@code out} are replaced
 * @param maxPixels most pixels of an image file
 * @param augmentation views of each image, over which the logits' mean is taken
 */
public record PredictionRequest(
    Path model,
    String input,
    Optional<String> column,
    String out,
    PredictionFormat format,
    int top,
    boolean overwrite,
    long maxPixels,
    TestTimeAugmentation augmentation) {
  public PredictionRequest {
    if (top < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid --top: %d (must be 1 to the number of classes)", top));
    }
    if (maxPixels < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --max-pixels: %d (must be > 0)", maxPixels));
    }
  }

  /** The most probable class of every image, as Parquet. */
  public static PredictionRequest of(Path model, String input, String out) {
    return new PredictionRequest(
        model,
        input,
        Optional.empty(),
        out,
        PredictionFormat.PARQUET,
        1,
        false,
        ImageFileSettings.DEFAULT_MAX_PIXELS,
        TestTimeAugmentation.NONE);
  }

  public PredictionRequest withFormat(PredictionFormat other, int classes) {
    return new PredictionRequest(
        model, input, column, out, other, classes, overwrite, maxPixels, augmentation);
  }

  public PredictionRequest withColumn(String name) {
    return new PredictionRequest(
        model, input, Optional.of(name), out, format, top, overwrite, maxPixels, augmentation);
  }

  public PredictionRequest withOverwrite(boolean replace) {
    return new PredictionRequest(
        model, input, column, out, format, top, replace, maxPixels, augmentation);
  }

  public PredictionRequest withMaxPixels(long pixels) {
    return new PredictionRequest(
        model, input, column, out, format, top, overwrite, pixels, augmentation);
  }

  public PredictionRequest withTestTimeAugmentation(TestTimeAugmentation views) {
    return new PredictionRequest(
        model, input, column, out, format, top, overwrite, maxPixels, views);
  }
}
