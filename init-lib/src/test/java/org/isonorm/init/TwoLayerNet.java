package org.isonorm.init;

import java.util.List;
import org.isonorm.init.ParameterTensor.Kind;

/**
 * The loss (u·v - 1)²/2 of two linear layers of one unit each, on any batch. Gradient (v e, u e)
 * with e = u·v - 1, Hessian [[v², e + u v], [e + u v, u²]].
 */
final class TwoLayerNet implements GradientOracle {
  @Override
  public List<ParameterTensor> tensors() {
    return List.of(
        new ParameterTensor("first", Kind.CONVOLUTION, 1, false),
        new ParameterTensor("second", Kind.CLASSIFIER, 1, false));
  }

  @Override
  public LossGradient evaluate(double[][] parameters, long... batches) {
    double u = parameters[0][0];
    double v = parameters[1][0];
    double e = u * v - 1;
    return new LossGradient(e * e / 2, new double[][] {{v * e}, {u * e}});
  }

  static double[] hessianTimes(double u, double v, double a, double b) {
    double mixed = 2 * u * v - 1;
    return new double[] {v * v * a + mixed * b, mixed * a + u * u * b};
  }
}
