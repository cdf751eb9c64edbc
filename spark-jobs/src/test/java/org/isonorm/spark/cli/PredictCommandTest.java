package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.predict.Models;
import org.isonorm.spark.predict.PredictionSummary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path model;

  @BeforeEach
  void makeModelAndImages() throws IOException {
    model = Models.save(folder.resolve("run"));
    Files.writeString(folder.resolve("run/config.conf"), "run.name = photos\n");
    Files.createDirectories(folder.resolve("images/newts"));
    Files.write(folder.resolve("images/newts/1.png"), Models.png(6, 6, 1));
    Files.write(folder.resolve("images/newts/2.png"), Models.png(9, 9, 2));
    Files.writeString(folder.resolve("images/bad.png"), "no image");
  }

  private int run(String... args) {
    return CommandLineInterface.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void printsOneJsonObjectAndNamesWhatCannotBeRead() throws IOException {
    int exitCode =
        run(
            "predict",
            "--run",
            folder.resolve("run").toString(),
            "--input",
            folder.resolve("images").toString(),
            "--out",
            folder.resolve("out").toString(),
            "--format",
            "jsonl",
            "--test-time-augmentation",
            "flip",
            "--json");
    assertThat(exitCode).as(err.toString()).isZero();
    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(result.path("examples").asLong()).isEqualTo(3);
    assertThat(result.path("unreadable").asLong()).isEqualTo(1);
    assertThat(result.path("imagesPerSecond").asDouble()).isPositive();
    assertThat(result.path("runningImagesPerSecond").isNull()).isTrue();
    assertThat(result.path("inferenceImagesPerSecond").asDouble()).isPositive();
    assertThat(err.toString())
        .contains("Cannot read image file:" + folder.resolve("images/bad.png") + ": it ");
    assertThat(
            new ObjectMapper()
                .readTree(folder.resolve("out/_predictions.json").toFile())
                .path("testTimeAugmentation")
                .asText())
        .isEqualTo("flip");
  }

  @Tag("long")
  @Test
  void aModelFileIsEnoughAndNothingIsOverwritten() {
    String[] args = {
      "predict",
      "--model",
      model.toString(),
      "--input",
      folder.resolve("images/newts").toString(),
      "--out",
      folder.resolve("out").toString()
    };
    assertThat(run(args)).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith("2 images, of which 0 cannot be read, in ")
        .containsPattern(" images?/s, start included: too few to compare with the ")
        .contains("The predictions are in " + folder.resolve("out"));
    assertThat(run(args)).isEqualTo(2);
    assertThat(err.toString())
        .endsWith("out exists (replace it with --overwrite, or choose another)\n");
  }

  @Test
  void aShareOfTheNetworksSpeedIsThatAfterTheStart() {
    assertThat(PredictCommand.speed(summary(null)))
        .isEqualTo(
            "400 images/s, start included: too few to compare with the 1,250 images/s of the network alone (as bench --inference)");
    assertThat(PredictCommand.speed(summary(1000.)))
        .isEqualTo(
            "400 images/s, start included; then 1,000 images/s, 0.80 of the 1,250 images/s of the network alone (as bench --inference)");
  }

  private static PredictionSummary summary(Double running) {
    return new PredictionSummary(
        "model.zip",
        "images",
        "none",
        List.of("a", "b"),
        10_000,
        0,
        25,
        400,
        running,
        1250,
        List.of());
  }
}
