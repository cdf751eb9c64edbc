package org.isonorm.spark.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.Warmup;

/**
 * Appends to a run's norms.csv what {@code isonorm init --diagnose} shows, at the start and every
 * so many rounds after it. A row is a figure of a layer:
 *
 * <ul>
 *   <li>{@code round}: averaging rounds done in the run, 0 at the start. All rows of a round stand
 *       together.
 *   <li>{@code layer}: name of a layer with weights; within a round in forward order, the
 *       classifier last.
 *   <li>{@code name}: alpha = ‖y_l‖/‖y_{l−1}‖; beta = ‖δ_{l−1}‖/‖δ_l‖ (not of the first layer);
 *       activationNorm = ‖y_l‖, activationMean, activationVariance; errorNorm = ‖δ_l‖, errorMean,
 *       errorVariance; weightNorm = ‖w‖; gradientNorm = ‖∇w‖; updateRatio = η‖∇w‖/‖w‖;
 *       effectiveLearningRate = η/‖w_f‖², f a filter. η is the learning rate of the layer's weights
 *       at the round's last step, at the start that of the first. And what {@link MotionFigures}
 *       names, of the step that would follow on the examples measured. At the start also
 *       warmupFraction and warmupSteps, what its norm is like as a {@link Warmup} to the learning
 *       rate before the schedule; NaN where there is no equilibrium.
 *   <li>{@code value}: a number; NaN or Infinity where signals died out or overflowed.
 * </ul>
 *
 * <p>Lives on the driver.
 */
public final class NormsLog implements AutoCloseable {
  /** The file's first line. */
  public static final String HEADER = String.join(",", NormsRow.TABLE.columns());

  private final Path file;
  private final BufferedWriter writer;

  private NormsLog(Path file, BufferedWriter writer) {
    this.file = file;
    this.writer = writer;
  }

  /** Starts a new file. */
  public static NormsLog create(Path file) throws IOException {
    AtomicFiles.write(file, HEADER + "\n");
    return open(file);
  }

  /** Goes on with a file, without the rows of rounds that are about to be taken again. */
  public static NormsLog resume(Path file, long roundsDone) throws IOException {
    if (!Files.exists(file)) {
      return create(file);
    }
    List<String> columns = NormsRow.TABLE.columns();
    List<List<String>> kept =
        CsvTable.readWhole(
                file,
                columns,
                row ->
                    row.whole("round") <= roundsDone && !row.text("value").isEmpty()
                        ? columns.stream().map(row::text).toList()
                        : List.<String>of())
            .stream()
            .filter(cells -> !cells.isEmpty())
            .toList();
    AtomicFiles.write(file, CsvTable.text(columns, kept));
    return open(file);
  }

  private static NormsLog open(Path file) throws IOException {
    return new NormsLog(
        file, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
  }

  /**
   * The rows of a round.
   *
   * @param learningRate η of a layer's weights
   */
  public static List<String> rows(
      long round, NormPropagation norms, ToDoubleFunction<String> learningRate) {
    List<String> rows = new ArrayList<>();
    for (NormsTable.Row row : NormsTable.rows(norms, learningRate)) {
      rows.addAll(rows(round, row.layer(), row.figures()));
    }
    return rows;
  }

  /** The rows of a round that say how the weights of layers move, by the layer's name. */
  public static List<String> rows(long round, Map<String, MotionFigures> motions) {
    List<String> rows = new ArrayList<>();
    motions.forEach((layer, motion) -> rows.addAll(rows(round, layer, motion.byName())));
    return rows;
  }

  /** The rows of the start that say what warmup its norms are like, by the layer's name. */
  public static List<String> warmups(Map<String, Warmup> warmups) {
    List<String> rows = new ArrayList<>();
    warmups.forEach(
        (layer, warmup) -> {
          Map<String, Double> figures = new LinkedHashMap<>();
          figures.put(Norms.WARMUP_FRACTION, warmup.fraction());
          figures.put(Norms.WARMUP_STEPS, warmup.steps());
          rows.addAll(rows(0, layer, figures));
        });
    return rows;
  }

  private static List<String> rows(long round, String layer, Map<String, Double> figures) {
    CsvTable.Lines lines = new CsvTable.Lines();
    return figures.entrySet().stream()
        .map(
            figure ->
                lines.of(
                    NormsRow.TABLE.cells(
                        new NormsRow(round, layer, figure.getKey(), figure.getValue()))))
        .toList();
  }

  /** Appends rows; they are on disk when this returns. */
  public void append(List<String> rows) {
    try {
      for (String row : rows) {
        writer.write(row);
        writer.newLine();
      }
      writer.flush();
    } catch (IOException e) {
      IOException named = AtomicFiles.cannotWrite(file, e);
      throw new UncheckedIOException(named.getMessage(), named);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
