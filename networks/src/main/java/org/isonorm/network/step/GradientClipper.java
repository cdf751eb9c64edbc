package org.isonorm.network.step;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Bounds a flat gradient as {@link GradientClipping} says. */
final class GradientClipper {
  /** Norm below which weights count as if they had it, so that what starts at 0 can leave it. */
  private static final double LEAST_WEIGHT_NORM = 1e-3;

  private final Kernels kernels;
  private final List<Parameter> trained;
  private final List<Parameter> adaptive;

  /**
   * A clipper.
   *
   * @param frozen whose gradient is not looked at: a step need not compute it
   */
  GradientClipper(ParameterLayout layout, FrozenLayers frozen, Kernels kernels) {
    this.kernels = kernels;
    this.trained =
        layout.parameters().stream()
            .filter(each -> each.kind().isTrained() && !frozen.contains(each.layer(), each.kind()))
            .toList();
    Set<String> classifiers =
        trained.stream()
            .filter(each -> each.kind() == ParameterKind.CLASSIFIER)
            .map(Parameter::layer)
            .collect(Collectors.toSet());
    this.adaptive = trained.stream().filter(each -> !classifiers.contains(each.layer())).toList();
  }

  /**
   * Applies the adaptive bound to the gradient in place.
   *
   * @param gradient a sum over the batch
   * @return what the whole is to be multiplied by for the bound of its norm
   */
  double clip(GradientClipping clipping, INDArray parameters, INDArray gradient, long batch) {
    if (clipping.adaptive() > 0) {
      for (Parameter parameter : adaptive) {
        clip(parameter, clipping.adaptive() * batch, parameters, gradient);
      }
    }
    if (clipping.norm() == 0) {
      return 1;
    }
    double squares = 0;
    for (Parameter parameter : trained) {
      double norm = kernels.unitNorms(gradient, parameter.from(), parameter.to(), 1)[0];
      squares += norm * norm;
    }
    double norm = Math.sqrt(squares) / batch;
    return norm > clipping.norm() ? clipping.norm() / norm : 1;
  }

  private void clip(Parameter parameter, double bound, INDArray parameters, INDArray gradient) {
    long from = parameter.from();
    long to = parameter.to();
    int units = parameter.units();
    double[] weights = kernels.unitNorms(parameters, from, to, units);
    double[] slopes = kernels.unitNorms(gradient, from, to, units);
    float[] factors = new float[units];
    boolean any = false;
    for (int unit = 0; unit < units; unit++) {
      double most = bound * Math.max(weights[unit], LEAST_WEIGHT_NORM);
      boolean longer = slopes[unit] > most;
      factors[unit] = longer ? (float) (most / slopes[unit]) : 1;
      any |= longer;
    }
    if (any) {
      kernels.scaleUnits(gradient, from, to, factors);
    }
  }
}
