package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.run.RecordTable.Printed;

/**
 * A row of initialization.csv: a layer, in forward order. The components are the file's columns.
 * Numbers that a file does not give are NaN, whole ones 0.
 *
 * @param kind convolution or classifier
 * @param shape such as 16x3x3x3: output channels, input channels of a group, height, width
 * @param targetVariance what its weights were to be drawn with
 * @param realizedVariance of the weights
 * @param realizedMean of the weights
 */
public record LayerRow(
    String layer,
    String kind,
    String shape,
    long fanIn,
    long fanOut,
    String rule,
    @Printed(RecordTable.NUMBER) double targetVariance,
    @Printed(RecordTable.NUMBER) double realizedVariance,
    @Printed(RecordTable.NUMBER) double realizedMean) {
  /** The file. */
  public static final RecordTable<LayerRow> TABLE = new RecordTable<>(LayerRow.class);

  /**
   * Loads initialization.csv.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static List<LayerRow> load(Path file) throws IOException {
    return TABLE.read(file, "layer", "targetVariance", "realizedVariance");
  }
}
