package org.isonorm.spark.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;

/** The norms of a network's layers in rows. */
public final class NormsTable {
  private static final RecordTable<Row> TABLE = new RecordTable<>(Row.class);

  private NormsTable() {}

  /**
   * A layer.
   *
   * @param alpha ‖y_l‖/‖y_{l−1}‖
   * @param beta ‖δ_{l−1}‖/‖δ_l‖, null for the first layer
   * @param updateRatio η‖∇w‖/‖w‖, null where the weights are 0
   * @param effectiveLearningRate η/‖w_f‖², the mean over the filters, null where the weights are 0
   */
  public record Row(
      String layer,
      double alpha,
      Double beta,
      double activationNorm,
      double activationMean,
      double activationVariance,
      double errorNorm,
      double errorMean,
      double errorVariance,
      double weightNorm,
      double gradientNorm,
      Double updateRatio,
      Double effectiveLearningRate) {
    /** The figures by the names of the components; NaN where weights of 0 have none. */
    public Map<String, Double> figures() {
      List<String> names = TABLE.columns();
      List<String> cells = TABLE.cells(this);
      Map<String, Double> figures = new LinkedHashMap<>();
      for (int i = 1; i < names.size(); i++) {
        if (cells.get(i) != null) {
          figures.put(names.get(i), Double.valueOf(cells.get(i)));
        } else if (!names.get(i).equals("beta")) {
          figures.put(names.get(i), Double.NaN);
        }
      }
      return figures;
    }
  }

  /** A row a layer, in forward order, at a learning rate. */
  public static List<Row> rows(NormPropagation norms, double learningRate) {
    return rows(norms, layer -> learningRate);
  }

  /** A row a layer, in forward order, at the learning rate of each layer's weights. */
  public static List<Row> rows(NormPropagation norms, ToDoubleFunction<String> learningRate) {
    return IntStream.range(0, norms.layers().size())
        .mapToObj(i -> row(norms, i, learningRate.applyAsDouble(norms.layers().get(i).name())))
        .toList();
  }

  private static Row row(NormPropagation norms, int i, double learningRate) {
    LayerSignals layer = norms.layers().get(i);
    return new Row(
        layer.name(),
        norms.alpha(i),
        i == 0 ? null : norms.beta(i),
        layer.activation().norm(),
        layer.activation().mean(),
        layer.activation().variance(),
        layer.error().norm(),
        layer.error().mean(),
        layer.error().variance(),
        layer.weightNorm(),
        layer.gradientNorm(),
        orNull(layer.updateRatio(learningRate)),
        orNull(layer.effectiveLearningRate(learningRate)));
  }

  private static Double orNull(double value) {
    return Double.isNaN(value) ? null : value;
  }

  /** All rows as CSV with a header; norms by the name of the initialization. */
  public static String csv(Map<String, NormPropagation> norms, double learningRate) {
    List<String> columns = new ArrayList<>(List.of("initialization", "depth"));
    columns.addAll(TABLE.columns());
    List<List<String>> lines = new ArrayList<>();
    norms.forEach(
        (name, measured) -> {
          List<Row> rows = rows(measured, learningRate);
          for (int i = 0; i < rows.size(); i++) {
            List<String> cells = new ArrayList<>(List.of(name, Integer.toString(i + 1)));
            cells.addAll(TABLE.cells(rows.get(i)));
            lines.add(cells);
          }
        });
    return CsvTable.text(columns, lines);
  }
}
