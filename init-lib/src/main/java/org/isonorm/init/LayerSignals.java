package org.isonorm.init;

/**
 * What one forward and one backward pass show of a layer with weights.
 *
 * @param name the layer's name
 * @param filters output channels of the weights
 * @param activation statistics of the output y_l, bias included, before normalization and
 *     activation function
 * @param error statistics of δ_l, the derivative of the mean loss by y_l
 * @param weightNorm Euclidean norm of the weights
 * @param gradientNorm Euclidean norm of the derivative of the mean loss by the weights
 */
public record LayerSignals(
    String name,
    int filters,
    SignalStatistics activation,
    SignalStatistics error,
    double weightNorm,
    double gradientNorm) {
  public LayerSignals {
    Checks.notBlank("layer name", name);
    Checks.positive("number of filters", filters);
  }

  /**
   * Size of a step of plain gradient descent beside the weights, η‖∇w‖/‖w‖; NaN where these are 0.
   */
  public double updateRatio(double learningRate) {
    return weightNorm == 0 ? Double.NaN : learningRate * gradientNorm / weightNorm;
  }

  /**
   * η/‖w_f‖², ‖w_f‖² the mean over the filters: the learning rate of a filter's direction where its
   * length does not matter, as before batch normalization (van Laarhoven 2017). At the start by the
   * batch-normalization rule it is ηγ·Cout/(2Cin). NaN where the weights are 0.
   */
  public double effectiveLearningRate(double learningRate) {
    return weightNorm == 0 ? Double.NaN : learningRate * filters / (weightNorm * weightNorm);
  }
}
