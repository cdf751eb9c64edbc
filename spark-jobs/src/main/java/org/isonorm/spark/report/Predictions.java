package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What predictions.json says: examples with their images.
 *
 * @param correct some that were classified right
 * @param wrong those classified wrong with the highest confidence
 */
record Predictions(List<Shown> correct, List<Shown> wrong) {
  private static final Pattern PNG =
      Pattern.compile("data:image/png;base64,[A-Za-z0-9+/]+={0,2}", Pattern.DOTALL);

  /**
   * An example.
   *
   * @param image a PNG file as a data URI: nothing else gets into the page
   */
  record Shown(
      String label, String prediction, double confidence, double labelConfidence, String image) {}

  /**
   * Loads predictions.json.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static Predictions load(Path file) throws IOException {
    JsonNode root = Json.readObject(file);
    return new Predictions(shown(file, root.path("correct")), shown(file, root.path("wrong")));
  }

  private static List<Shown> shown(Path file, JsonNode examples) throws IOException {
    List<Shown> shown = new ArrayList<>();
    for (JsonNode example : examples) {
      String image = example.path("image").asText("");
      if (!PNG.matcher(image).matches()) {
        throw new IOException(
            "Cannot read %s: the image of position %s is not a PNG data URI"
                .formatted(file, example.path("position").asText("unknown")));
      }
      shown.add(
          new Shown(
              example.path("label").asText(Words.UNKNOWN),
              example.path("prediction").asText(Words.UNKNOWN),
              example.path("confidence").asDouble(Double.NaN),
              example.path("labelConfidence").asDouble(Double.NaN),
              image));
    }
    return shown;
  }

  /** The examples as the page shows them; none of a kind that there is none of. */
  List<View.Gallery> galleries() {
    List<View.Gallery> galleries = new ArrayList<>();
    if (!wrong.isEmpty()) {
      galleries.add(
          new View.Gallery(
              "Wrong with the highest confidence",
              wrong.stream()
                  .map(
                      one ->
                          picture(
                              one,
                              "%s, not %s".formatted(one.prediction(), one.label()),
                              "%s, true class %s"
                                  .formatted(
                                      Words.wholePercent(one.confidence()),
                                      Words.wholePercent(one.labelConfidence()))))
                  .toList()));
    }
    if (!correct.isEmpty()) {
      galleries.add(
          new View.Gallery(
              "Right, chosen at random",
              correct.stream()
                  .map(one -> picture(one, one.label(), Words.wholePercent(one.confidence())))
                  .toList()));
    }
    return galleries;
  }

  private static View.Picture picture(Shown one, String words, String confidence) {
    return new View.Picture(
        one.image(),
        "%s, predicted as %s".formatted(one.label(), one.prediction()),
        words,
        confidence);
  }
}
