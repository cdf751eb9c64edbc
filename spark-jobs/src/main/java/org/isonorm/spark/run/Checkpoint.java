package org.isonorm.spark.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.storage.Storage;

/**
 * A point to go on from: a model as DL4J's {@link ModelSerializer} writes it, with entries more for
 * the velocity, AdamW's second moments, the training state and the parameters in training. Any
 * reader of DL4J models can load it, and finds what is evaluated.
 *
 * @param graph the network with the parameters that are evaluated
 * @param trained the parameters that training goes on from, as bulk bytes, where the network holds
 *     their moving average; null where it holds them
 * @param velocity the optimizer's velocity, as bulk bytes
 * @param secondMoments those of AdamW, as bulk bytes; null where the optimizer keeps none
 * @param state counters, seed and what else training goes on from
 */
public record Checkpoint(
    ComputationGraph graph,
    byte[] trained,
    byte[] velocity,
    byte[] secondMoments,
    TrainingState state) {
  private static final String STATE = "isonorm-state.json";
  private static final String TRAINED = "isonorm-parameters.bin";
  private static final String VELOCITY = "isonorm-velocity.bin";
  private static final String SECOND_MOMENTS = "isonorm-second-moments.bin";
  private static final Set<String> ENTRIES =
      new TreeSet<>(Set.of(ModelZip.CONFIGURATION, ModelZip.COEFFICIENTS, STATE, VELOCITY));
  private static final Set<String> MORE = Set.of(TRAINED, SECOND_MOMENTS, ModelCard.ENTRY);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes the checkpoint, whole or not at all. */
  public void save(Path file) throws IOException {
    Map<String, byte[]> more = new LinkedHashMap<>();
    more.put(VELOCITY, velocity);
    if (secondMoments != null) {
      more.put(SECOND_MOMENTS, secondMoments);
    }
    if (trained != null) {
      more.put(TRAINED, trained);
    }
    more.put(STATE, JSON.writeValueAsBytes(state));
    AtomicFiles.write(file, temporary -> ModelZip.write(temporary, graph, more));
  }

  /**
   * Loads a checkpoint.
   *
   * @throws IOException in one sentence that names the file, if it is missing or damaged
   */
  public static Checkpoint load(Path file) throws IOException {
    checkThere(file);
    try {
      return Storage.readLocally(file, Checkpoint::read);
    } catch (AccessDeniedException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot load checkpoint %s: permission denied", file), e);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot load checkpoint %s: it is damaged or not a checkpoint (%s)",
              file,
              Unreadable.reason(e)),
          e);
    }
  }

  /**
   * Checks what takes no time, before Spark is started to no purpose.
   *
   * @throws IOException as {@link #load} does, if there is no such file
   */
  public static void checkThere(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot load checkpoint %s: no such file", file));
    }
  }

  private static Checkpoint read(Path file) throws IOException {
    Map<String, byte[]> own = verify(file);
    TrainingState state = JSON.readValue(own.get(STATE), TrainingState.class);
    if (state == null || state.network() == null || state.progress() == null) {
      throw new IOException("its state lacks the network or the progress");
    }
    byte[] velocity = own.get(VELOCITY);
    // Before arrays of that size are made.
    long parameters =
        parameters(new String(own.get(ModelZip.CONFIGURATION), StandardCharsets.UTF_8));
    if (velocity.length != parameters * Float.BYTES) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%d bytes of velocity for %d parameters", velocity.length, parameters));
    }
    byte[] trained = own.get(TRAINED);
    checkLength("trained parameters", trained, parameters);
    byte[] secondMoments = own.get(SECOND_MOMENTS);
    checkLength("second moments", secondMoments, parameters);
    ComputationGraph graph = ModelSerializer.restoreComputationGraph(file.toFile(), false);
    return new Checkpoint(graph, trained, velocity, secondMoments, state);
  }

  private static void checkLength(String what, byte[] values, long parameters) throws IOException {
    if (values != null && values.length != parameters * Float.BYTES) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%d bytes of %s for %d parameters", values.length, what, parameters));
    }
  }

  /** Parameters, velocity, second moments and average to go on from. */
  public ModelState model() {
    byte[] held = FlatParameters.toBytes(graph.params());
    return trained == null
        ? new ModelState(held, velocity, secondMoments, null)
        : new ModelState(trained, velocity, secondMoments, held);
  }

  /**
   * A checkpoint of a model.
   *
   * @param graph takes the parameters that are evaluated
   */
  public static Checkpoint of(ModelState model, ComputationGraph graph, TrainingState state) {
    FlatParameters.copyFrom(model.evaluated(), graph.params());
    return new Checkpoint(
        graph,
        model.average() == null ? null : model.parameters(),
        model.velocity(),
        model.secondMoments(),
        state);
  }

  private static long parameters(String configuration) {
    return ComputationGraphConfiguration.fromJson(configuration).getVertices().values().stream()
        .mapToLong(vertex -> vertex.numParams(false))
        .sum();
  }

  /**
   * Reads every entry to its end, where its checksum is compared, which other readers leave out;
   * the contents of those that are this class's own. Whatever else DL4J's reader knows of is
   * refused before it sees the file: it would deserialize Java objects ({@code preprocessor.bin},
   * {@code updater.bin}), which can run any code.
   */
  private static Map<String, byte[]> verify(Path file) throws IOException {
    Map<String, byte[]> own = new HashMap<>();
    Set<String> names = new HashSet<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        boolean known = ENTRIES.contains(name) || MORE.contains(name);
        if (!known || !names.add(name)) {
          throw new IOException(
              String.format(
                  Locale.ROOT, "its entry '%s' is unknown or stands twice", entry.getName()));
        }
        if (entry.getName().equals(ModelZip.COEFFICIENTS)) {
          zip.transferTo(OutputStream.nullOutputStream());
        } else {
          own.put(entry.getName(), zip.readAllBytes());
        }
      }
    }
    if (!names.containsAll(ENTRIES)) {
      throw new IOException(String.format(Locale.ROOT, "it holds %s, not %s", names, ENTRIES));
    }
    return own;
  }

  /**
   * Checks that the checkpoint is of the training that is to go on.
   *
   * @throws IllegalArgumentException if it holds another network, data set or seed
   */
  public void checkBelongsTo(Path file, NetworkDefinition network, String dataset, long seed) {
    check(file, describe(state.network()), describe(network));
    if (!state.network().drawing().equals(network.drawing())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid checkpoint %s: it holds %s as another network.definition draws it (use another --output, or the run's own configuration)",
              file,
              state.network().name()));
    }
    check(file, state.dataset(), dataset);
    check(file, "seed " + state.seed(), "seed " + seed);
  }

  private static void check(Path file, String held, String wanted) {
    if (!held.equals(wanted)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid checkpoint %s: it holds %s, but the configuration asks for %s (use another"
                  + " --output, or the run's own configuration)",
              file,
              held,
              wanted));
    }
  }

  private static String describe(NetworkDefinition network) {
    if (network.saysAll()) {
      return String.format(
          Locale.ROOT,
          "%s with %d classes on %dx%dx%d images",
          network.name(),
          network.classes(),
          network.imageHeight(),
          network.imageWidth(),
          network.imageChannels());
    }
    return String.format(
        Locale.ROOT,
        "%s of width %d, shortcut %s, biases %s, with %d classes on %dx%dx%d images",
        network.name(),
        network.width(),
        network.shortcut().label(),
        network.biases().label(),
        network.classes(),
        network.imageHeight(),
        network.imageWidth(),
        network.imageChannels());
  }
}
