package org.isonorm.spark.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * The contents of predictions.json: a few examples of a split with their images, so that people see
 * what the model gets right and wrong.
 *
 * @param split train, validation or test
 * @param checkpoint which parameters predicted: best or last
 * @param correct some that were classified right, chosen without looking
 * @param wrong those classified wrong with the highest confidence, the highest first
 */
public record Predictions(String split, String checkpoint, List<Shown> correct, List<Shown> wrong) {
  /** Images are shown no larger than this. */
  private static final int LARGEST_SIDE = 96;

  private static final Pattern PNG =
      Pattern.compile("data:image/png;base64,[A-Za-z0-9+/]+={0,2}", Pattern.DOTALL);

  /**
   * An example.
   *
   * @param position its row in the stored split
   * @param confidence probability of the predicted class
   * @param labelConfidence probability of the true class
   * @param image a PNG file as a data URI
   */
  public record Shown(
      long position,
      String label,
      String prediction,
      double confidence,
      double labelConfidence,
      String image) {}

  /** Names classes and draws images. */
  public static Predictions of(Evaluation evaluation, SamplePredictions samples)
      throws IOException {
    return new Predictions(
        evaluation.split(),
        evaluation.checkpoint(),
        shown(samples.right(), evaluation.classNames()),
        shown(samples.wrong(), evaluation.classNames()));
  }

  /**
   * Loads predictions.json. Numbers that the file does not give are NaN, texts "".
   *
   * @throws IOException if the file cannot be read or is malformed; also if an image is anything
   *     but a PNG file, since pages show what is there
   */
  static Predictions load(Path file) throws IOException {
    JsonNode root = Json.readObject(file);
    return new Predictions(
        root.path("split").asText(""),
        root.path("checkpoint").asText(""),
        shown(file, root.path("correct")),
        shown(file, root.path("wrong")));
  }

  private static List<Shown> shown(Path file, JsonNode examples) throws IOException {
    List<Shown> shown = new ArrayList<>();
    for (JsonNode example : examples) {
      String image = example.path("image").asText("");
      if (!PNG.matcher(image).matches()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot read %s: the image of position %s is not a PNG data URI",
                file,
                example.path("position").asText("unknown")));
      }
      shown.add(
          new Shown(
              example.path("position").asLong(-1),
              example.path("label").asText(""),
              example.path("prediction").asText(""),
              example.path("confidence").asDouble(Double.NaN),
              example.path("labelConfidence").asDouble(Double.NaN),
              image));
    }
    return shown;
  }

  private static List<Shown> shown(List<SamplePredictions.Sample> samples, List<String> classNames)
      throws IOException {
    List<Shown> shown = new ArrayList<>();
    for (SamplePredictions.Sample sample : samples) {
      shown.add(
          new Shown(
              sample.picture().position(),
              classNames.get(sample.label()),
              classNames.get(sample.predicted()),
              sample.confidence(),
              sample.ofLabel(),
              dataUri(sample.picture())));
    }
    return shown;
  }

  private static String dataUri(SamplePredictions.Picture picture) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(shrunk(drawn(picture)), "png", png);
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }

  /** The first three channels are red, green and blue; fewer than three are grey. */
  private static BufferedImage drawn(SamplePredictions.Picture picture) {
    int width = picture.shape().width();
    int channels = picture.shape().channels();
    BufferedImage image =
        new BufferedImage(width, picture.shape().height(), BufferedImage.TYPE_INT_RGB);
    for (int pixel = 0; pixel < width * picture.shape().height(); pixel++) {
      int rgb = 0;
      for (int channel = 0; channel < 3; channel++) {
        int at = pixel * channels + (channels < 3 ? 0 : channel);
        rgb = rgb << 8 | picture.pixels()[at] & 0xff;
      }
      image.setRGB(pixel % width, Math.floorDiv(pixel, width), rgb);
    }
    return image;
  }

  private static BufferedImage shrunk(BufferedImage image) {
    int side = Math.max(image.getWidth(), image.getHeight());
    if (side <= LARGEST_SIDE) {
      return image;
    }
    int width = Math.max(1, Math.floorDiv(image.getWidth() * LARGEST_SIDE, side));
    int height = Math.max(1, Math.floorDiv(image.getHeight() * LARGEST_SIDE, side));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.drawImage(
        image.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
    graphics.dispose();
    return small;
  }
}
