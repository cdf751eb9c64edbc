package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A line of initialization.csv: a layer, in forward order. Numbers that the file does not give are
 * NaN.
 *
 * @param kind convolution or classifier
 * @param shape such as 16x3x3x3: output channels, input channels of a group, height, width
 */
record LayerRow(
    String layer,
    String kind,
    String shape,
    String fanIn,
    String fanOut,
    String rule,
    double targetVariance,
    double realizedVariance,
    double realizedMean) {

  /**
   * Loads initialization.csv.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static List<LayerRow> load(Path file) throws IOException {
    return CsvTable.read(
        file,
        List.of("layer", "targetVariance", "realizedVariance"),
        row ->
            new LayerRow(
                row.text("layer"),
                row.text("kind"),
                row.text("shape"),
                row.text("fanIn"),
                row.text("fanOut"),
                row.text("rule"),
                row.number("targetVariance"),
                row.number("realizedVariance"),
                row.number("realizedMean")));
  }
}
