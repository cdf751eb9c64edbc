package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.isonorm.spark.bench.BenchmarkResult;
import org.isonorm.spark.bench.TimeToAccuracyResult;
import org.isonorm.spark.bench.TimeToAccuracyResult.Engine;
import org.isonorm.spark.jobs.Plural;

/** A race to an accuracy, for people. */
final class TimeToAccuracyText {
  private TimeToAccuracyText() {}

  static void print(PrintWriter out, TimeToAccuracyResult result) {
    String target = String.format(Locale.ROOT, "%.2f%%", 100 * result.target());
    TextTable table =
        new TextTable(
            "engine",
            ">n",
            ">test accuracy",
            ">augmented",
            ">reached " + target,
            ">seconds to " + target,
            ">of training",
            ">in all",
            "");
    for (Engine engine : result.engines()) {
      table.row(
          engine.name(),
          engine.n(),
          percent(engine.accuracy(), engine.accuracyDeviation()),
          percent(engine.augmentedAccuracy(), engine.augmentedDeviation()),
          engine.reached(),
          seconds(engine.secondsToTarget()),
          seconds(engine.trainingSeconds()),
          seconds(engine.seconds()),
          "");
    }
    for (BenchmarkResult.MissingPeer peer : result.missingPeers()) {
      table.row(peer.name(), "-", "-", "-", "-", "-", "-", "-", peer.reason());
    }
    out.print(table);
    result.notes().forEach(out::println);
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s (%s, %s), %s of %s of %s in batches of %,d on %s; %s is" + " reached when %s",
            result.recipe(),
            result.network(),
            result.precision(),
            Plural.of(result.epochs(), "epoch"),
            Plural.of(result.trainingExamples(), "image"),
            result.dataset(),
            result.batch(),
            Plural.of(result.threads(), "thread"),
            target,
            result.validationExamples() > 0
                ? String.format(
                    Locale.ROOT,
                    "%,d images held out are classified so well after an epoch",
                    result.validationExamples())
                : String.format(
                    Locale.ROOT,
                    "%,d test images are classified so well after the last epoch",
                    result.testExamples())));
  }

  private static String percent(Double mean, Double deviation) {
    if (mean == null) {
      return "-";
    }
    return deviation == null
        ? String.format(Locale.ROOT, "%.2f%%", 100 * mean)
        : String.format(Locale.ROOT, "%.2f%% ± %.2f", 100 * mean, 100 * deviation);
  }

  private static String seconds(Double seconds) {
    return seconds == null ? "-" : String.format(Locale.ROOT, "%.1f", seconds);
  }
}
