package org.isonorm.spark.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Writes the files of made-up grids over learning rate × γ, as the grid would. */
final class GridFixture {
  static final double[] RATES = {0.1, 0.01, 0.001};
  static final double[] GAMMAS = {0.1, 0.4, 1, 4, 10, 40};
  private static final String COMMON =
      "trial,status,protocol,initialization.init-gamma,optimizer.learning-rate,seed,";
  private static final int EPOCHS = 4;

  private final Path folder;
  private final double offCurve;
  private final StringBuilder results =
      new StringBuilder(COMMON)
          .append(
              "epoch,step,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,wallClockSeconds\n");
  private final StringBuilder trials =
      new StringBuilder(COMMON)
          .append(
              "epochs,epochsDone,bestEpoch,bestValidationAccuracy,lastValidationAccuracy,divergedEpoch,divergedStep,seconds,cause\n");
  private final SplittableRandom random = new SplittableRandom(5);
  private int number;
  private int planned;
  private int seeds = 2;
  private double top = 0.6;
  private double spread = 0.004;
  private double target;

  private GridFixture(Path folder, double offCurve) {
    this.folder = folder;
    this.offCurve = offCurve;
  }

  /**
   * A grid of two seeds whose best γ is .4, 4 and 40 at .1, .01 and .001, so a constant ηγ. At .1
   * the γ of 40 diverges, and that of 10 with one of the seeds.
   *
   * @param offCurve nats that the early loss moves a decade of η/γ
   */
  static void finished(Path folder, double offCurve, String... protocols) {
    GridFixture grid = new GridFixture(folder, offCurve);
    for (String protocol : protocols) {
      for (double gamma : GAMMAS) {
        for (double rate : RATES) {
          for (int seed = 1; seed <= 2; seed++) {
            grid.trial(protocol, gamma, rate, seed);
          }
        }
      }
    }
    grid.write(List.of(protocols), "complete");
  }

  /** The same with seeds that hardly differ. */
  static void clear(Path folder) {
    GridFixture grid = new GridFixture(folder, 0);
    grid.spread = 1e-5;
    grid.plane();
  }

  /** The same with one seed a point, and another highest accuracy. */
  static void oneSeed(Path folder, double top) {
    GridFixture grid = new GridFixture(folder, 0);
    grid.seeds = 1;
    grid.top = top;
    grid.plane();
  }

  /**
   * The same with a target, which the point at γ 4 reached after 40 s with both seeds and γ 1 after
   * 60 s; or which no point reached.
   */
  static void timed(Path folder, boolean reached) {
    GridFixture grid = new GridFixture(folder, 0);
    grid.spread = 1e-5;
    grid.target = reached ? 0.5 : 0.9;
    grid.plane();
  }

  private void plane() {
    for (double gamma : GAMMAS) {
      for (double rate : RATES) {
        for (int seed = 1; seed <= seeds; seed++) {
          trial("paper", gamma, rate, seed);
        }
      }
    }
    write(List.of("paper"), "complete");
  }

  /** The same, killed after some of its trials. */
  static void unfinished(Path folder, int done) {
    GridFixture grid = new GridFixture(folder, 0);
    for (double gamma : GAMMAS) {
      for (double rate : RATES) {
        for (int seed = 1; seed <= 2; seed++) {
          grid.planned++;
          if (grid.number < done) {
            grid.planned--;
            grid.trial("paper", gamma, rate, seed);
          }
        }
      }
    }
    grid.write(List.of("paper"), "running");
  }

  /** The early loss of a trial without noise. */
  static double earlyLoss(double rate, double gamma, double offCurve) {
    double s = Math.log10(rate * gamma);
    return 1.8 - 0.1 * s + 0.08 * s * s + 0.01 * s * s * s + offCurve * Math.log10(rate / gamma);
  }

  private void trial(String protocol, double gamma, double rate, int seed) {
    number++;
    planned++;
    String name =
        "%03d-init-gamma-%s-learning-rate-%s-seed-%d"
            .formatted(number, word(gamma), word(rate), seed);
    boolean diverges = rate == 0.1 && (gamma == 40 || (gamma == 10 && seed == 1));
    String common =
        String.join(
            ",",
            name,
            diverges ? "diverged" : "done",
            protocol,
            word(gamma),
            word(rate),
            Integer.toString(seed));
    double off = Math.log10(rate * gamma / 0.04);
    double highest = top / 0.6 * (0.6 - 0.05 * off * off) + random.nextDouble(-spread, spread);
    double early = earlyLoss(rate, gamma, offCurve) + random.nextDouble(-0.01, 0.01);
    int epochs = diverges ? (gamma == 40 ? 0 : 1) : EPOCHS;
    for (int epoch = 1; epoch <= epochs; epoch++) {
      row(
          results,
          "%s,%d,%d,%.6f,%.6f,%.5f,%.6f,%.5f,%.2f",
          common,
          epoch,
          40 * epoch,
          rate * (1 - epoch / 5.0),
          early * Math.pow(epoch, -0.2),
          highest * epoch / EPOCHS,
          early,
          highest * epoch / EPOCHS - 0.01,
          20.0 * epoch);
    }
    if (epochs == 0) {
      row(results, "%s,,,,,,,,", common);
    }
    row(
        trials,
        "%s,%d,%d,%s,%s,%s,%s,%s,80.5,%s",
        common,
        EPOCHS,
        epochs,
        diverges ? "" : EPOCHS,
        diverges ? "" : word(highest - 0.01),
        diverges ? "" : word(highest - 0.01),
        diverges ? epochs + 1 : "",
        diverges ? 12 : "",
        (diverges ? "\"loss NaN, at a learning rate of 0.1\"" : "")
            + (target == 0 ? "" : highest - 0.01 >= target ? ",40.5" : ","));
  }

  private static String word(double value) {
    return Double.toString(value).replaceFirst("\\.0$", "");
  }

  private static void row(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void write(List<String> protocols, String status) {
    write(
        "config.conf",
        """
        run { name = "plane", seed = 1 }
        data { dataset = cifar10, validation-examples = 500 }
        network { name = resnet-20 }
        """);
    write("environment.json", "{\"versions\": {\"java\": \"17.0.15\"}, \"kernel\": \"onednn\"}");
    write("results.csv", results.toString());
    write(
        "trials.csv",
        target == 0
            ? trials.toString()
            : trials.toString().replaceFirst("cause\n", "cause,trainingSecondsToTarget\n"));
    String winner =
        status.equals("complete")
            ? ", \"winner\": {\"point\": %s, \"trials\": [\"a\", \"b\"], \"testAccuracies\": [0.58, 0.59], \"testAccuracy\": 0.585, \"testDeviation\": 0.0071, \"testExamples\": 10000}"
                .formatted(point("4", 0.5912))
            : "";
    write(
        "grid.json",
        """
        {"name": "plane", "status": "%s", "mode": "trial-per-task", "network": "resnet-20", "dataset": "cifar10", "epochs": 4,
         "pruning": false, "axes": {"initialization.init-gamma": %s, "optimizer.learning-rate": %s}, "seeds": %s, "targetAccuracy": %s,
         "protocols": %s, "trials": %d, "done": %d, "diverged": 3, "failed": 0, "pruned": 0, "missing": %d,
         "points": [%s, %s]%s}
        """
            .formatted(
                status,
                strings(GAMMAS),
                strings(RATES),
                seeds == 1 ? "[1]" : "[1, 2]",
                target,
                protocols.stream().map(p -> '"' + p + '"').toList(),
                planned,
                number - 3,
                planned - number,
                point("1", 0.58),
                point("4", 0.5912),
                winner));
  }

  private String point(String gamma, double accuracy) {
    return String.format(
        Locale.ROOT,
        "{\"protocol\": \"paper\", \"values\": {\"initialization.init-gamma\": \"%s\", \"optimizer.learning-rate\": \"0.01\"}, \"done\": %d, \"validationAccuracy\": %.4f, \"deviation\": %s%s}",
        gamma,
        seeds,
        accuracy * top / 0.6,
        seeds == 1 ? "null" : "0.001",
        target == 0 ? "" : ", \"timeToTarget\": " + time(gamma));
  }

  private String time(String gamma) {
    return target > 0.6
        ? "{\"reached\": 0, \"seconds\": null, \"deviation\": null}"
        : String.format(
            Locale.ROOT,
            "{\"reached\": 2, \"seconds\": %s, \"deviation\": 0.5}",
            gamma.equals("4") ? "40.5" : "60");
  }

  private static String strings(double[] values) {
    List<String> words = new ArrayList<>();
    for (double value : values) {
      words.add('"' + word(value) + '"');
    }
    return words.stream().collect(Collectors.joining(", ", "[", "]"));
  }

  private void write(String file, String text) {
    try {
      Files.writeString(folder.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
