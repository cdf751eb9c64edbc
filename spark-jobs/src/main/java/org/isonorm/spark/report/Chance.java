package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.RunFolder;

/**
 * The accuracy of guessing, and how far above it guesses get.
 *
 * @param accuracy one over the number of classes
 * @param examples validation examples an accuracy is of
 * @param looks accuracies that the highest was chosen from, epochs among them
 */
record Chance(double accuracy, long examples, long looks) {
  private static final double CONFIDENCE = 0.95;

  /** Of a grid; empty if its files do not say the number of classes or of validation examples. */
  static Optional<Chance> of(GridFiles grid) throws IOException {
    Config config = grid.run().config();
    long classes = classes(grid, config);
    long examples = grid.run().count("data.validation-examples");
    long looks =
        Math.max(1, grid.summary().path("points").size()) * Math.max(1, grid.count("epochs"));
    return classes > 1 && examples > 0
        ? Optional.of(new Chance(1. / classes, examples, looks))
        : Optional.empty();
  }

  private static long classes(GridFiles grid, Config config) throws IOException {
    String dataset = config.hasPath("data.dataset") ? config.getString("data.dataset") : "";
    switch (dataset.replace("-", "")) {
      case "cifar10":
        return 10;
      case "cifar100":
        return 100;
      case "synthetic":
        return grid.run().count("data.synthetic.classes");
      default:
        break;
    }
    for (JsonNode trial : grid.summary().path("winner").path("trials")) {
      Path tested =
          new RunFolder(grid.path().resolve("trials").resolve(trial.asText())).evaluation();
      if (Files.isRegularFile(tested)) {
        return Evaluation.load(tested).classNames().size();
      }
    }
    return 0;
  }

  /**
   * Whether the mean accuracy of so many trials is above what the luckiest of all the looks reaches
   * by guessing, with 95% confidence (Bonferroni's bound).
   */
  boolean isBeatenBy(double mean, int trials) {
    double deviation = Math.sqrt(accuracy * (1 - accuracy) / (examples * (double) trials));
    double quantile =
        new NormalDistribution().inverseCumulativeProbability(1 - (1 - CONFIDENCE) / looks);
    return mean > accuracy + quantile * deviation;
  }
}
