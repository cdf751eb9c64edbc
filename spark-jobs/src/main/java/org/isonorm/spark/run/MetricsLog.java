package org.isonorm.spark.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.isonorm.spark.tensorboard.EventFile;

/**
 * Appends to a run's metrics.csv: a row a round and a row an epoch, each on disk when the call
 * returns. Lives on the driver.
 */
public final class MetricsLog implements AutoCloseable {
  /** The file's first line. */
  public static final String HEADER = String.join(",", MetricsRow.TABLE.columns());

  private final Path file;
  private final BufferedWriter writer;
  private final CsvTable.Lines lines = new CsvTable.Lines();
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
          MetricsRow.ROUND,
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
          MetricsRow.EPOCH,
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

    /** Its numbers by name, for those who show curves: TensorBoard, MLflow. */
    public Map<String, Double> scalars() {
      Map<String, Double> scalars = new LinkedHashMap<>();
      scalars.put(kind + "/training loss", trainLoss);
      scalars.put(kind + "/training accuracy", trainAccuracy);
      if (validation != null) {
        scalars.put(kind + "/validation loss", validation.loss());
        scalars.put(kind + "/validation accuracy", validation.top1Accuracy());
        scalars.put(kind + "/validation top-5 accuracy", validation.top5Accuracy());
      }
      scalars.put(kind + "/learning rate", learningRate);
      scalars.put(kind + "/images a second", imagesPerSecond);
      scalars.put(kind + "/compute seconds", computeSeconds);
      scalars.put(kind + "/sync seconds", syncSeconds);
      scalars.put(kind + "/input seconds", inputSeconds);
      return scalars;
    }

    /** As the file has it. */
    private MetricsRow written() {
      boolean evaluated = validation != null;
      return new MetricsRow(
          kind,
          epoch,
          round,
          step,
          examplesSeen,
          learningRate,
          OptionalDouble.of(trainLoss),
          trainAccuracy,
          evaluated ? OptionalDouble.of(validation.loss()) : OptionalDouble.empty(),
          evaluated ? OptionalDouble.of(validation.top1Accuracy()) : OptionalDouble.empty(),
          imagesPerSecond,
          computeSeconds,
          syncSeconds,
          inputSeconds,
          wallClockSeconds,
          evaluated ? OptionalDouble.of(validation.top5Accuracy()) : OptionalDouble.empty());
    }
  }

  private MetricsLog(Path file, BufferedWriter writer) {
    this.file = file;
    this.writer = writer;
  }

  /** Starts a new file. */
  public static MetricsLog create(Path file) throws IOException {
    AtomicFiles.write(file, HEADER + "\n");
    return open(file);
  }

  /**
   * Goes on with a file, without the rows of steps after those that a checkpoint holds: they are
   * about to be taken again. A file of an earlier version gets the columns of today; one that is
   * missing is begun.
   *
   * @throws IOException if the file is damaged
   */
  public static MetricsLog resume(Path file, long stepsDone) throws IOException {
    if (!Files.exists(file)) {
      return create(file);
    }
    List<String> columns = MetricsRow.TABLE.columns();
    List<List<String>> kept =
        CsvTable.readWhole(
                file,
                List.of("kind", "epoch", "step", "trainLoss"),
                row -> {
                  checkColumns(row, columns);
                  return row.whole("step") <= stepsDone
                      ? columns.stream()
                          .map(column -> orNull(row.text(column)))
                          .collect(Collectors.toList())
                      : List.<String>of();
                })
            .stream()
            .filter(cells -> !cells.isEmpty())
            .toList();
    AtomicFiles.write(file, CsvTable.text(columns, kept));
    return open(file);
  }

  /** A damaged header would lose a column without a word. */
  private static void checkColumns(CsvTable.Row row, List<String> columns) {
    for (String column : row.columns()) {
      if (!columns.contains(column)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "the file has an unknown column %s (its first line is damaged)",
                column));
      }
    }
  }

  private static String orNull(String cell) {
    return cell.isEmpty() ? null : cell;
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

  /** Writes values by tag into TensorBoard's file. */
  public void scalars(long step, Map<String, Double> values) {
    events.scalars(step, values);
  }

  /** Appends a row. */
  public void append(Row row) {
    String line = lines.of(MetricsRow.TABLE.cells(row.written()));
    try {
      writer.write(line);
      writer.newLine();
      writer.flush();
    } catch (IOException e) {
      IOException named = AtomicFiles.cannotWrite(file, e);
      throw new UncheckedIOException(named.getMessage(), named);
    }
    if (events != null) {
      events.scalars(row.step(), row.scalars());
    }
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
        file, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
  }
}
