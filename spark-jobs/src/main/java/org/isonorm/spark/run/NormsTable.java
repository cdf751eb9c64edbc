package org.isonorm.spark.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;

/** The norms of a network's layers in rows. */
public final class NormsTable {
  private static final String COLUMNS =
      "initialization,depth,layer,alpha,beta,activation_norm,activation_mean,activation_variance,error_norm,error_mean,error_variance,weight_norm,gradient_norm,update_ratio,effective_learning_rate\n";

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
    /** The figures by their names here; NaN where weights of 0 have none. */
    public Map<String, Double> figures() {
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("alpha", alpha);
      if (beta != null) {
        figures.put("beta", beta);
      }
      figures.put("activationNorm", activationNorm);
      figures.put("activationMean", activationMean);
      figures.put("activationVariance", activationVariance);
      figures.put("errorNorm", errorNorm);
      figures.put("errorMean", errorMean);
      figures.put("errorVariance", errorVariance);
      figures.put("weightNorm", weightNorm);
      figures.put("gradientNorm", gradientNorm);
      figures.put("updateRatio", updateRatio == null ? Double.NaN : updateRatio);
      figures.put(
          "effectiveLearningRate",
          effectiveLearningRate == null ? Double.NaN : effectiveLearningRate);
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
    StringBuilder text = new StringBuilder(COLUMNS);
    norms.forEach(
        (name, measured) -> {
          int depth = 0;
          for (Row row : rows(measured, learningRate)) {
            depth++;
            text.append(name).append(',').append(depth).append(',').append(row.layer());
            text.append(',').append(row.alpha());
            text.append(',').append(row.beta() == null ? "" : row.beta());
            for (Double value :
                new Double[] {
                  row.activationNorm(),
                  row.activationMean(),
                  row.activationVariance(),
                  row.errorNorm(),
                  row.errorMean(),
                  row.errorVariance(),
                  row.weightNorm(),
                  row.gradientNorm(),
                  row.updateRatio(),
                  row.effectiveLearningRate()
                }) {
              text.append(',').append(value == null ? "" : value);
            }
            text.append('\n');
          }
        });
    return text.toString();
  }
}
