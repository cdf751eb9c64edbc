package org.isonorm.spark.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.isonorm.init.NormPropagation;

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
 *       at the round's last step, at the start that of the first.
 *   <li>{@code value}: a number; NaN or Infinity where signals died out or overflowed.
 * </ul>
 *
 * <p>Lives on the driver.
 */
public final class NormsLog implements AutoCloseable {
  public static final String HEADER = "round,layer,name,value";

  private final BufferedWriter writer;

  private NormsLog(BufferedWriter writer) {
    this.writer = writer;
  }

  /** Starts a new file. */
  public static NormsLog create(Path file) throws IOException {
    Files.writeString(file, HEADER + "\n");
    return open(file);
  }

  /** Goes on with a file, without the rows of rounds that are about to be taken again. */
  public static NormsLog resume(Path file, long roundsDone) throws IOException {
    if (!Files.exists(file)) {
      return create(file);
    }
    List<String> kept = new ArrayList<>(List.of(HEADER));
    for (String line : LogLines.of(file)) {
      // A killed run may leave half a line.
      boolean whole = line.chars().filter(c -> c == ',').count() == 3 && !line.endsWith(",");
      if (!line.equals(HEADER)
          && whole
          && LogLines.number(file, line.substring(0, line.indexOf(','))) <= roundsDone) {
        kept.add(line);
      }
    }
    AtomicFiles.write(file, String.join("\n", kept) + "\n");
    return open(file);
  }

  private static NormsLog open(Path file) throws IOException {
    return new NormsLog(
        Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
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
      row.figures().forEach((name, value) -> rows.add(row(round, row.layer(), name, value)));
    }
    return rows;
  }

  private static String row(long round, String layer, String name, double value) {
    return round + "," + layer + "," + name + "," + value;
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
      throw new UncheckedIOException("Cannot write norms.csv: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
