package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.run.RunFiles;

/**
 * A run's one look at the test split.
 *
 * @param config the run's
 * @param accuracy a share in 0..1
 */
record TestResult(Config config, double accuracy) {
  /** γ = 2/c is written with as few digits as a user likes. */
  private static final double SAME_GAMMA = 1e-3;

  private static final List<String> JITTER = List.of("brightness", "contrast", "saturation", "hue");

  /** Those of a grid: its winner's trials. */
  static List<TestResult> ofGrid(GridFiles grid) throws IOException {
    JsonNode winner = grid.summary().path("winner");
    List<TestResult> results = new ArrayList<>();
    for (int i = 0; i < winner.path("trials").size(); i++) {
      Path trial = grid.path().resolve("trials").resolve(winner.path("trials").get(i).asText());
      if (Files.isRegularFile(trial.resolve("config.conf"))) {
        results.add(
            new TestResult(
                RunFiles.load(trial).config(),
                winner.path("testAccuracies").path(i).asDouble(Double.NaN)));
      }
    }
    return results;
  }

  private String text(String key) {
    return config.hasPath(key) ? String.valueOf(config.getAnyRef(key)) : "";
  }

  private double number(String key) {
    return GridTrial.parse(text(key));
  }

  String network() {
    return text("network.name");
  }

  /** As the configuration names it, without a dash. */
  String dataset() {
    return text("data.dataset").replace("-", "");
  }

  /** How long it trained. */
  double epochs() {
    return number("training.epochs");
  }

  /**
   * Another width, or fewer examples, than its network and data set have, as --scale small gives
   * it; "" if it trained the whole experiment.
   */
  String reduction() {
    List<String> parts = new ArrayList<>();
    if (number("network.width") > 0) {
      parts.add("width " + text("network.width"));
    }
    if (number("data.training-examples") > 0) {
      parts.add(text("data.training-examples") + " examples");
    }
    return String.join(", ", parts);
  }

  /** What the paper would call the initialization. */
  String method() {
    String rule = text("initialization.rule");
    if (rule.equals("bn-gamma") || rule.matches("[0-9.]+/m")) {
      return "rule";
    }
    if (rule.startsWith("metainit")) {
      return "MetaInit";
    }
    if (rule.startsWith("gradinit")) {
      return "GradInit";
    }
    return rule.startsWith("kaiming") || rule.equals("backward") || rule.equals("table1-kaiming")
        ? "Kaiming"
        : rule;
  }

  /**
   * Whether it started its convolutions at a variance c/m by the BN/γ rule.
   *
   * @param variance such as 5/m, or "" for any
   */
  boolean hasVariance(String variance) {
    if (variance.isEmpty()) {
      return true;
    }
    double gamma = 2 / GridTrial.parse(variance.replace("/m", ""));
    double c = GridTrial.parse(text("initialization.rule").replace("/m", ""));
    String ours = text("initialization.init-gamma");
    return ours.equals("paper") && Double.isNaN(c)
        || Math.abs((Double.isNaN(c) ? GridTrial.parse(ours) : 2 / c) / gamma - 1) < SAME_GAMMA;
  }

  /** What the paper would call the augmentation beyond crop and flip. */
  String augmentation() {
    List<String> parts = new ArrayList<>();
    if (number("augmentation.random-resized-crop.probability") > 0) {
      parts.add("Random Resized Crop");
    }
    if (JITTER.stream().anyMatch(part -> number("augmentation.color-jitter." + part) > 0)) {
      parts.add("Color Jitter");
    }
    if (text("augmentation.auto-augment").equals("true")) {
      parts.add("AutoAugment");
    }
    if (number("augmentation.cutout") > 0) {
      parts.add("Cutout");
    }
    if (number("augmentation.random-erasing.probability") > 0) {
      parts.add("Random Erasing");
    }
    switch (text("augmentation.mixing.method")) {
      case "mixup" -> parts.add("Mixup");
      case "manifold-mixup" -> parts.add("Manifold Mixup");
      case "resizemix" -> parts.add("ResizeMix");
      case "cutmix" -> parts.add("CutMix");
      default -> {}
    }
    return parts.isEmpty() ? "none" : String.join(" + ", parts);
  }
}
