package org.isonorm.spark.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Writes the files of made-up runs, as the trainer would. */
final class RunFixture {
  static final String METRICS_HEADER =
      "kind,epoch,round,step,examplesSeen,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,"
          + "imagesPerSecond,computeSeconds,syncSeconds,inputSeconds,wallClockSeconds\n";
  static final String LAYERS_HEADER =
      "layer,kind,shape,fanIn,fanOut,rule,targetVariance,realizedVariance,realizedMean\n";
  static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private final Path folder;

  private RunFixture(Path folder) {
    this.folder = folder;
  }

  /** A folder with its config alone. */
  static RunFixture in(Path folder) {
    RunFixture fixture = new RunFixture(folder);
    fixture.write(
        "config.conf",
        """
        run { name = "night-7", seed = 20221 }
        data { dataset = cifar-10 }
        network { name = resnet-20 }
        initialization { rule = bn-gamma, init-gamma = 0.4 }
        training { epochs = 12, global-batch-size = 128 }
        averaging { workers = 4, frequency = 5, engine = isonorm }
        """);
    return fixture;
  }

  /** A finished run of 12 epochs of 25 rounds. */
  static RunFixture finished(Path folder) {
    return in(folder)
        .write("metrics.csv", metrics(12, 25))
        .write("initialization.csv", layers(20))
        .write("norms.csv", norms(20, 0, 100, 200, 300))
        .write("evaluation.json", evaluation(CLASSES, 1000))
        .write("predictions.json", predictions(12))
        .write(
            "environment.json",
            """
            {"versions": {"isonorm": "0.1.0", "java": "17.0.15", "spark": "3.5.9"}, "commit": "095a2bb",
             "hardware": {"processor": "AMD EPYC 7763", "cores": 8, "memoryGigabytes": 31.3},
             "kernel": {"name": "onednn", "reason": "AVX2 found"}, "workers": ["a:1", "b:2"], "seed": 20221}
            """);
  }

  RunFixture write(String file, String text) {
    try {
      Files.writeString(folder.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  Path folder() {
    return folder;
  }

  static String metrics(int epochs, int roundsPerEpoch) {
    SplittableRandom random = new SplittableRandom(7);
    StringBuilder text = new StringBuilder(METRICS_HEADER);
    int rounds = epochs * roundsPerEpoch;
    double clock = 0;
    for (int round = 1; round <= rounds; round++) {
      int epoch = (round - 1) / roundsPerEpoch + 1;
      double done = (double) round / rounds;
      double rate = 0.05 * (1 + Math.cos(Math.PI * done));
      double loss = 0.15 + 2.15 * Math.exp(-5 * done) + 0.12 * random.nextDouble(-1, 1);
      double speed = 2450 + random.nextDouble(-250, 250);
      double seconds = 640 / speed * 5;
      clock += seconds;
      row(
          text,
          "round,%d,%d,%d,%d,%.6f,%.5f,%.4f,,,%.1f,%.3f,%.3f,%.3f,%.2f%n",
          epoch,
          round,
          5 * round,
          640L * round,
          rate,
          loss,
          1 - loss / 2.6,
          speed,
          0.8 * seconds,
          0.13 * seconds,
          0.07 * seconds,
          clock);
      if (round % roundsPerEpoch == 0) {
        double smooth = 0.15 + 2.15 * Math.exp(-5 * done);
        double validation = 0.38 + 1.95 * Math.exp(-5.5 * done) + 0.08 * done;
        row(
            text,
            "epoch,%d,%d,%d,%d,%.6f,%.5f,%.4f,%.5f,%.4f,%.1f,%.3f,%.3f,%.3f,%.2f%n",
            epoch,
            round,
            5 * round,
            640L * round,
            rate,
            smooth,
            1 - smooth / 2.6,
            validation,
            epoch == epochs ? 0.8642 : Math.min(0.8711, 1 - validation / 2.8),
            2450.0,
            roundsPerEpoch * 1.04,
            roundsPerEpoch * (0.17 + 0.02 * (epoch % 3)),
            roundsPerEpoch * 0.09,
            clock);
      }
    }
    return text.toString();
  }

  private static void row(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
  }

  static String layers(int count) {
    SplittableRandom random = new SplittableRandom(11);
    StringBuilder text = new StringBuilder(LAYERS_HEADER);
    for (int i = 0; i < count; i++) {
      int width = 16 << (3 * i / count);
      double target = 2.9 * 0.4 / (9 * width);
      row(
          text,
          "conv%d,%s,%s,%d,%d,%s,%.8g,%.8g,%.3e%n",
          i + 1,
          i == count - 1 ? "classifier" : "convolution",
          width + "x" + width + "x3x3",
          9 * width,
          9 * width,
          "bn-gamma",
          target,
          target * random.nextDouble(0.96, 1.04),
          random.nextDouble(-1e-4, 1e-4));
    }
    return text.toString();
  }

  /** Norms of so many layers after those rounds. */
  static String norms(int count, long... rounds) {
    StringBuilder text = new StringBuilder("round,layer,name,value\n");
    for (long round : rounds) {
      for (int i = 1; i <= count; i++) {
        double drift = 1 + round / 100.0;
        row(text, "%d,conv%d,activationNorm,%.6g%n", round, i, 90 * Math.pow(i, 0.1 * drift));
        row(text, "%d,conv%d,errorNorm,%.6g%n", round, i, 3e-3 * Math.pow(1.02, drift * i));
        row(text, "%d,conv%d,updateRatio,%.6g%n", round, i, 2e-3 / drift / i);
        row(text, "%d,conv%d,effectiveLearningRate,%.6g%n", round, i, 0.02 * drift * i);
      }
    }
    return text.toString();
  }

  /** So many right and wrong predictions each, of images in shades of grey. */
  static String predictions(int count) {
    String examples =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    "{\"position\": %d, \"label\": \"%s\", \"prediction\": \"%s\", \"confidence\": 0.9, \"labelConfidence\": 0.05, \"image\": \"%s\"}"
                        .formatted(i, CLASSES.get(i % 10), CLASSES.get((i + 3) % 10), png(i)))
            .collect(Collectors.joining(",\n", "[", "]"));
    return "{\"split\": \"test\", \"checkpoint\": \"best\", \"correct\": %s, \"wrong\": %s}"
        .formatted(examples, examples);
  }

  private static String png(int shade) {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 1024; i++) {
      image.setRGB(i % 32, i >> 5, 0x010101 * (i % 32 * 4 + shade * 10));
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }

  /** An evaluation without scores by class: the confusion matrix has them. */
  static String evaluation(List<String> names, int perClass) {
    SplittableRandom random = new SplittableRandom(3);
    long[][] counts = new long[names.size()][names.size()];
    long hits = 0;
    for (int row = 0; row < counts.length; row++) {
      long left = perClass;
      for (int column = 0; column < counts.length; column++) {
        if (column != row) {
          long errors =
              Math.min(left, random.nextLong(0, 2 + perClass * 3L / (10L * names.size())));
          counts[row][column] = errors;
          left -= errors;
        }
      }
      counts[row][row] = left;
      hits += left;
    }
    String matrix =
        Arrays.stream(counts).map(Arrays::toString).collect(Collectors.joining(",\n ", "[", "]"));
    String quoted =
        names.stream()
            .map(name -> '"' + name.replace("\"", "\\\"") + '"')
            .collect(Collectors.joining(", ", "[", "]"));
    return """
        {"split": "test", "checkpoint": "best", "examples": %d, "loss": 0.4127, "top1Accuracy": %s,
         "top5Accuracy": 0.9931, "classNames": %s, "later": {"unknown": true},
         "confusionMatrix": %s,
         "validation": {"bestEpoch": 11, "bestAccuracy": 0.8711, "lastAccuracy": 0.8642}}
        """
        .formatted(
            (long) perClass * names.size(),
            (double) hits / ((long) perClass * names.size()),
            quoted,
            matrix);
  }

  static List<String> numberedClasses(int count) {
    return IntStream.range(0, count).mapToObj(i -> "class " + i).toList();
  }
}
