package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.network.export.NamedTensor;
import org.isonorm.network.export.SafeTensors;
import org.isonorm.network.export.StateDict;
import org.isonorm.network.export.TakenTensor;
import org.isonorm.network.export.TakenTensor.Fate;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.StartTensor;
import org.isonorm.spark.storage.Storage;

/**
 * Weights of a trained network that another one starts from.
 *
 * @param from where they were, as the configuration says it
 * @param tensors what became of every tensor
 */
record StartingWeights(String from, List<TakenTensor> tensors) {
  /** What initialization.csv calls the rule of weights that were taken. */
  static final String RULE = "taken";

  private static final String KEY = "initialization.from";
  private static final String SAFETENSORS = ".safetensors";
  private static final int NAMED = 3;

  /**
   * Puts weights into a network.
   *
   * @param from folder of a run, model.zip, checkpoint or safetensors file
   * @throws IllegalArgumentException in one sentence, if nothing is there or none of it fits
   * @throws IOException in one sentence, if it is damaged
   */
  static StartingWeights put(String from, ComputationGraph graph) throws IOException {
    List<NamedTensor> tensors = tensors(file(from));
    StartingWeights weights = new StartingWeights(from, StateDict.put(tensors, graph));
    if (weights.count(Fate.TAKEN) == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (none of its tensors fits the network, which has %s, …; it has %s)",
              KEY,
              from,
              weights.names(Fate.ANEW),
              tensors.isEmpty() ? "none" : weights.names(Fate.LEFT) + ", …"));
    }
    return weights;
  }

  /**
   * Checks that there is something to start from.
   *
   * @throws IllegalArgumentException in one sentence, if not
   */
  static void check(String from) {
    if (!from.isEmpty()) {
      file(from);
    }
  }

  private static Path file(String from) {
    Path path = Storage.path(from);
    Path file = Files.isDirectory(path) ? new RunFolder(path).model() : path;
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (there is no %s; must be a run that has ended, a model.zip, a checkpoint or a safetensors file)",
              KEY,
              from,
              file));
    }
    return file;
  }

  private static List<NamedTensor> tensors(Path file) throws IOException {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(SAFETENSORS)) {
      ComputationGraph graph = Checkpoint.load(file).graph();
      try {
        return StateDict.of(graph);
      } finally {
        GraphMemory.free(graph);
      }
    }
    try {
      return Storage.readLocally(file, SafeTensors::read);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it is damaged or no safetensors file (%s)",
              file,
              Unreadable.reason(e)),
          e);
    }
  }

  private long count(Fate fate) {
    return tensors.stream().filter(tensor -> tensor.fate() == fate).count();
  }

  private String names(Fate fate) {
    return String.join(
        ", ",
        tensors.stream()
            .filter(tensor -> tensor.fate() == fate)
            .limit(NAMED)
            .map(TakenTensor::name)
            .toList());
  }

  /** Whether a layer's weights are those that were there. */
  boolean took(String layer) {
    return tensors.stream()
        .anyMatch(
            tensor ->
                tensor.weights() && tensor.layer().equals(layer) && tensor.fate() == Fate.TAKEN);
  }

  /** How many were taken, and what was not. */
  String sentence() {
    StringBuilder words =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "Starting from %s: %s taken",
                from,
                Plural.of(count(Fate.TAKEN), "tensor")));
    tensors.stream()
        .filter(tensor -> tensor.fate() == Fate.ANEW)
        .limit(NAMED)
        .forEach(
            tensor ->
                words.append(
                    String.format(
                        Locale.ROOT, ", %s starts anew (%s)", tensor.name(), tensor.note())));
    return words
        .append(
            String.format(
                Locale.ROOT,
                "; in all %d anew, %d left there (weights.csv)",
                count(Fate.ANEW),
                count(Fate.LEFT)))
        .toString();
  }

  /** weights.csv. */
  String table() {
    return StartTensor.TABLE.text(
        tensors.stream()
            .map(
                tensor ->
                    new StartTensor(
                        tensor.name(),
                        tensor.layer(),
                        tensor.fate().name().toLowerCase(Locale.ROOT),
                        tensor.note()))
            .toList());
  }
}
