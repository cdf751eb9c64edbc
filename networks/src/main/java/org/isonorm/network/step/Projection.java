package org.isonorm.network.step;

import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.isonorm.network.step.OptimizerMethod.Sgdp;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link Sgdp} takes from a step d of weights w.
 *
 * @param along (w·d)/‖w‖² of every unit that is projected by itself; 0 where none is
 * @param decayRatio what the weight decay is multiplied by
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Projection(double[] along, double decayRatio) {

  /**
   * Whether and how a step is projected, by the cosine of gradient and weights.
   *
   * @param gradient a sum over the batch
   * @param scale what it is multiplied by in the step
   * @param velocity before the step
   * @param update a matrix of a row a unit
   */
  static Projection of(
      Kernels kernels,
      Sgd sgd,
      INDArray parameters,
      INDArray gradient,
      float scale,
      INDArray velocity,
      ParameterUpdate update) {
    long from = update.from();
    long to = update.to();
    int rows = update.rows();
    Units byRow =
        new Units(
            kernels.unitDots(parameters, parameters, from, to, rows),
            kernels.unitDots(gradient, gradient, from, to, rows),
            kernels.unitDots(parameters, gradient, from, to, rows));
    long length = (to - from) / rows;
    Units units = byRow;
    if (!byRow.isOrthogonal(length)) {
      units = byRow.together();
      if (!units.isOrthogonal(to - from)) {
        return new Projection(new double[1], 1);
      }
    }
    double momentum = sgd.momentum();
    double ofGradient = scale * (sgd.nesterov() ? 1 + momentum : 1);
    double ofVelocity = sgd.nesterov() ? momentum * momentum : momentum;
    double[] carried = kernels.unitDots(parameters, velocity, from, to, units.weights().length);
    double[] along = new double[carried.length];
    for (int unit = 0; unit < along.length; unit++) {
      double norm = Math.sqrt(units.weights()[unit]) + Sgdp.EPSILON;
      along[unit] = (ofGradient * units.dots()[unit] + ofVelocity * carried[unit]) / (norm * norm);
    }
    return new Projection(along, Sgdp.DECAY_RATIO);
  }

  /**
   * Of units of weights and gradient.
   *
   * @param weights ‖w‖²
   * @param gradients ‖g‖²
   * @param dots w·g
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Units(double[] weights, double[] gradients, double[] dots) {
    boolean isOrthogonal(long length) {
      double most = 0;
      for (int unit = 0; unit < dots.length; unit++) {
        double norms =
            Math.max(Math.sqrt(weights[unit]), Sgdp.EPSILON)
                * Math.max(Math.sqrt(gradients[unit]), Sgdp.EPSILON);
        most = Math.max(most, Math.abs(dots[unit]) / norms);
      }
      return most < Sgdp.DELTA / Math.sqrt((double) length);
    }

    /** All in one. */
    Units together() {
      return new Units(sum(weights), sum(gradients), sum(dots));
    }

    private static double[] sum(double[] values) {
      double sum = 0;
      for (double value : values) {
        sum += value;
      }
      return new double[] {sum};
    }
  }
}
