package org.isonorm.spark.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.isonorm.spark.tensorboard.EventFile;

/**
 * Appends to a run's metrics.csv: a row a round and a row an epoch, each on disk when the call
 * returns. Lives on the driver.
 */
public final class MetricsLog implements AutoCloseable {
  public static final String HEADER =
      "kind,epoch,round,step,examplesSeen,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy,imagesPerSecond,computeSeconds,syncSeconds,inputSeconds,wallClockSeconds,validationTop5Accuracy";

  private static final int STEP_COLUMN = 3;

  private final BufferedWriter writer;
  private EventFile events;

  /**
   * One row.
   *
   * @param kind round or epoch
   * @param epoch from 1
   * @param round rounds done in the run
   * @param step local steps done in the run
   * @param examplesSeen examples trained on in the run
   * @param learningRate of the last local step
   * @param validation null where nothing was evaluated
   * @param wallClockSeconds since the run's start, resumed parts added up
   */
  public record Row(
      String kind,
      int epoch,
      long round,
      long step,
      long examplesSeen,
      double learningRate,
      double trainLoss,
      double trainAccuracy,
      Evaluation validation,
      double imagesPerSecond,
      double computeSeconds,
      double syncSeconds,
      double inputSeconds,
      double wallClockSeconds)
      implements Serializable {
    /**
     * The row of a round.
     *
     * @param state after it
     */
    public static Row ofRound(RoundSummary round, TrainingState state) {
      Progress progress = state.progress();
      double[] rates = round.round().learningRates();
      return new Row(
          "round",
          progress.epoch() + 1,
          progress.round(),
          progress.step(),
          state.examplesSeen(),
          rates[rates.length - 1],
          round.loss(),
          (double) round.correct() / round.examples(),
          null,
          round.examples() / round.wallSeconds(),
          round.computeSeconds(),
          round.syncSeconds(),
          round.inputSeconds(),
          state.wallClockSeconds());
    }

    /**
     * The row of an epoch.
     *
     * @param totals what its rounds add up to
     * @param evaluation null if it was not evaluated
     * @param state after it
     */
    public static Row ofEpoch(EpochTotals totals, Evaluation evaluation, TrainingState state) {
      Progress progress = state.progress();
      return new Row(
          "epoch",
          progress.epoch(),
          progress.round(),
          progress.step(),
          state.examplesSeen(),
          totals.learningRate(),
          totals.loss(),
          totals.accuracy(),
          evaluation,
          totals.imagesPerSecond(),
          totals.computeSeconds(),
          totals.syncSeconds(),
          totals.inputSeconds(),
          state.wallClockSeconds());
    }
  }

  private MetricsLog(BufferedWriter writer) {
    this.writer = writer;
  }

  /** Starts a new file. */
  public static MetricsLog create(Path file) throws IOException {
    Files.writeString(file, HEADER + "\n");
    return open(file);
  }

  /**
   * Goes on with a file, without the rows of steps after those that a checkpoint holds: they are
   * about to be taken again.
   */
  public static MetricsLog resume(Path file, long stepsDone) throws IOException {
    List<String> kept = new ArrayList<>(List.of(HEADER));
    for (String line : LogLines.of(file)) {
      if (!line.equals(HEADER)
          && isWhole(line)
          && LogLines.number(file, line.split(",", -1)[STEP_COLUMN]) <= stepsDone) {
        kept.add(line);
      }
    }
    AtomicFiles.write(file, String.join("\n", kept) + "\n");
    return open(file);
  }

  /** Writes the rows to come into a file of TensorBoard's as well, which is closed with this. */
  public MetricsLog with(EventFile eventFile) {
    events = eventFile;
    return this;
  }

  /** Whether there is a file of TensorBoard's. */
  public boolean hasEvents() {
    return events != null;
  }

  /** Writes the distribution of some values into TensorBoard's file. */
  public void histogram(long step, String tag, float[] values) {
    events.histogram(step, tag, values);
  }

  /** Appends a row. */
  public void append(Row row) {
    String line =
        String.join(
            ",",
            row.kind(),
            Integer.toString(row.epoch()),
            Long.toString(row.round()),
            Long.toString(row.step()),
            Long.toString(row.examplesSeen()),
            number(row.learningRate()),
            number(row.trainLoss()),
            number(row.trainAccuracy()),
            row.validation() == null ? "" : number(row.validation().loss()),
            row.validation() == null ? "" : number(row.validation().top1Accuracy()),
            String.format(Locale.ROOT, "%.1f", row.imagesPerSecond()),
            seconds(row.computeSeconds()),
            seconds(row.syncSeconds()),
            seconds(row.inputSeconds()),
            seconds(row.wallClockSeconds()),
            row.validation() == null ? "" : number(row.validation().top5Accuracy()));
    try {
      writer.write(line);
      writer.newLine();
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write metrics.csv: " + e.getMessage(), e);
    }
    if (events != null) {
      events.scalars(row.step(), scalars(row));
    }
  }

  /** A row by TensorBoard's tags. */
  private static Map<String, Double> scalars(Row row) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put(row.kind() + "/training loss", row.trainLoss());
    scalars.put(row.kind() + "/training accuracy", row.trainAccuracy());
    if (row.validation() != null) {
      scalars.put(row.kind() + "/validation loss", row.validation().loss());
      scalars.put(row.kind() + "/validation accuracy", row.validation().top1Accuracy());
      scalars.put(row.kind() + "/validation top-5 accuracy", row.validation().top5Accuracy());
    }
    scalars.put(row.kind() + "/learning rate", row.learningRate());
    scalars.put(row.kind() + "/images a second", row.imagesPerSecond());
    scalars.put(row.kind() + "/compute seconds", row.computeSeconds());
    scalars.put(row.kind() + "/sync seconds", row.syncSeconds());
    scalars.put(row.kind() + "/input seconds", row.inputSeconds());
    return scalars;
  }

  @Override
  public void close() throws IOException {
    writer.close();
    if (events != null) {
      events.close();
    }
  }

  /** Appends to a file. */
  public static MetricsLog open(Path file) throws IOException {
    return new MetricsLog(
        Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
  }

  /** The cells of a file's whole rows, the header's left out. */
  public static List<List<String>> rows(Path file) throws IOException {
    return LogLines.of(file).stream()
        .filter(line -> !line.equals(HEADER) && isWhole(line))
        .map(line -> List.of(line.split(",", -1)))
        .toList();
  }

  /** A killed run may leave half a line. */
  private static boolean isWhole(String line) {
    return line.chars().filter(c -> c == ',').count()
        == HEADER.chars().filter(c -> c == ',').count();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.9g", value);
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
