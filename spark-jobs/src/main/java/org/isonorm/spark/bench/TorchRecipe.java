package org.isonorm.spark.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.isonorm.spark.config.Setting;

/** A recipe of conf/fast in PyTorch: runs bench/torch_fast.py and reads what it prints. */
final class TorchRecipe {
  private static final String SCRIPT = "torch_fast.py";
  private static final int CLASSES = 10;

  /** What the script's recipe is made of; the rest is of the call, or of the cluster. */
  private static final List<String> GROUPS =
      List.of("augmentation.", "network.", "initialization.", "optimizer.");

  private TorchRecipe() {}

  /**
   * Checks that the script trains as a configuration says.
   *
   * @throws UnsupportedOperationException in a sentence, if it does not
   */
  static void check(IsonormConfig config, ImageShape shape, int classes) throws IOException {
    String network = config.network().name();
    if (!FastRecipes.NETWORKS.contains(network)) {
      throw unsupported("has the recipes of " + String.join(", ", FastRecipes.NETWORKS) + " alone");
    }
    if (!shape.equals(ImageShape.CIFAR) || classes != CLASSES) {
      throw unsupported("takes 32 x 32 images of three channels and ten classes");
    }
    Map<String, String> own = config.values();
    Map<String, String> scripts = as(config, network).values();
    Optional<String> other =
        own.keySet().stream()
            .filter(key -> GROUPS.stream().anyMatch(key::startsWith))
            .filter(key -> !own.get(key).equals(scripts.get(key)))
            .findFirst();
    if (other.isPresent()) {
      throw unsupported(
          String.format(
              Locale.ROOT,
              "has %s = %s, the recipe here %s",
              other.get(),
              oneLine(scripts.get(other.get())),
              oneLine(own.get(other.get()))));
    }
  }

  /** The network's recipe in the epochs and of the width of a configuration. */
  private static IsonormConfig as(IsonormConfig config, String network) throws IOException {
    IsonormConfig recipe =
        FastRecipes.load(network, file -> IsonormConfig.load(Optional.of(file), List.of()));
    return recipe
        .with(Scale.inEpochs(recipe, config.training().epochs(), SCRIPT))
        .with(
            List.of(
                new Setting("network.width", String.valueOf(config.network().width()), SCRIPT)));
  }

  private static String oneLine(String value) {
    return value.replaceAll("\\s+", " ");
  }

  private static UnsupportedOperationException unsupported(String reason) {
    return new UnsupportedOperationException(
        String.format(Locale.ROOT, "Cannot train the same in PyTorch: %s %s", SCRIPT, reason));
  }

  /** The script's arguments for a run on the files of {@link CifarFiles}. */
  static List<String> arguments(
      IsonormConfig config, DatasetManifest manifest, Path data, long seed, int threads) {
    List<Object> arguments =
        new ArrayList<>(
            Arrays.asList(
                "--data", data,
                "--recipe", config.network().name().substring("fast-".length()),
                "--width", config.network().width(),
                "--precision", config.training().precision(),
                "--batch", config.training().globalBatchSize(),
                "--epochs", config.training().epochs(),
                "--first-seed", seed,
                "--threads", threads));
    arguments.add("--mean");
    arguments.addAll(manifest.mean());
    arguments.add("--deviation");
    arguments.addAll(manifest.std());
    return arguments.stream().map(String::valueOf).toList();
  }

  /**
   * Trains.
   *
   * @param progress takes the script's lines
   * @throws IllegalStateException in a sentence, if the script fails
   */
  static AccuracyRun run(Torch torch, List<String> arguments, long seed, Consumer<String> progress)
      throws IOException {
    long start = System.nanoTime();
    Process process = torch.start(SCRIPT, arguments);
    try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = new ArrayList<>();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        lines.add(line);
        progress.accept(line);
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "Cannot train in PyTorch: its process ended with code %d (its own messages are"
                    + " above)",
                code));
      }
      return parse("PyTorch " + torch.version(), seed, lines, (System.nanoTime() - start) / 1e9);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while PyTorch was training", e);
    } finally {
      process.destroy();
    }
  }

  /**
   * Reads the script's lines: {@code epoch 1 loss 2.25 seconds 12.5 validation 0.4} for every
   * epoch, the last two words where images are held out, then {@code seed 1 accuracy 0.93 augmented
   * 0.94 seconds 120.5}.
   *
   * @param seconds of the whole process
   * @throws IllegalStateException if they are not that
   */
  static AccuracyRun parse(String engine, long seed, List<String> lines, double seconds) {
    List<AccuracyRun.Validation> validations = new ArrayList<>();
    for (String line : lines) {
      Map<String, Double> words = words(line);
      if (words.containsKey("validation")) {
        validations.add(
            new AccuracyRun.Validation(
                word(words, "epoch", line).intValue(),
                word(words, "validation", line),
                word(words, "seconds", line)));
      } else if (words.containsKey("accuracy")) {
        return new AccuracyRun(
            engine,
            seed,
            word(words, "accuracy", line),
            word(words, "augmented", line),
            validations,
            word(words, "seconds", line),
            seconds);
      }
    }
    throw unreadable(lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1));
  }

  /** A line's pairs of a word and a number. */
  private static Map<String, Double> words(String line) {
    String[] all = line.strip().split("\\s+");
    Map<String, Double> words = new HashMap<>();
    try {
      for (int i = 0; i + 1 < all.length; i += 2) {
        words.put(all[i], Double.parseDouble(all[i + 1]));
      }
    } catch (NumberFormatException e) {
      return Map.of();
    }
    return words;
  }

  private static Double word(Map<String, Double> words, String name, String line) {
    Double value = words.get(name);
    if (value == null) {
      throw unreadable(line);
    }
    return value;
  }

  private static IllegalStateException unreadable(String line) {
    return new IllegalStateException(
        String.format(
            Locale.ROOT, "Cannot read what %s printed: '%s' says no accuracy", SCRIPT, line));
  }
}
