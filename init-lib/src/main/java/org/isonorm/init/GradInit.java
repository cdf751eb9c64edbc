package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.ParameterTensor.Kind;

/**
 * GradInit (Zhu et al. 2021), as its released code runs it: a scale for every tensor that is not 0
 * at the start is learned so that the first step of training lowers the loss most, under the
 * constraint that the gradient's norm is at most 1.
 *
 * <p>Iteration t takes batches 3t, 3t + 1 and 3t + 2 of the oracle. With g the gradient on the
 * first two, at θ = α·θ₀:
 *
 * <ul>
 *   <li>If ‖g‖ > 1, a step down d‖g‖/dα_i = ⟨(H g)_i, θ₀_i⟩/‖g‖. For a tensor that the loss does
 *       not know the scale of, that is -‖g_i‖²/(‖g‖ α_i), without second derivatives; for the
 *       others H g is a difference of gradients.
 *   <li>Else a step down ⟨∇L(θ')_i, θ₀_i⟩/.1, L the loss on the first and third batch at θ' = θ -
 *       .1 g/‖g‖. The step from θ to θ' counts as fixed, as in the released code.
 * </ul>
 */
public final class GradInit {
  /**
   * How long and how fast.
   *
   * @param learningRate of the scales
   * @param iterations steps, of either kind
   * @param examplesPerBatch examples of one of the oracle's batches, half of what a gradient sees
   * @param gradientNorm bound of the constraint
   * @param innerStep length of the training step that is looked ahead
   */
  public record Settings(
      double learningRate,
      int iterations,
      int examplesPerBatch,
      double gradientNorm,
      double innerStep) {
    public Settings {
      Checks.positiveAndFinite("learning rate", learningRate);
      Checks.positive("iterations", iterations);
      Checks.positive("examples per batch", examplesPerBatch);
      Checks.positiveAndFinite("gradient norm", gradientNorm);
      Checks.positiveAndFinite("inner step", innerStep);
    }

    /**
     * The published settings for a network: one epoch of CIFAR, of VGG-19 and ResNet-110 in batches
     * of 128, of DenseNet-100 and WRN-28-10 in batches of 64; their relatives take the same.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Settings published(String network) {
      return switch (NetworkFamilies.of(network)) {
        case "vgg" -> settings(.1, 390, 64);
        case "resnet" -> settings(1e-3, 390, 64);
        case "densenet" -> settings(1e-2, 780, 32);
        case "wrn" -> settings(3e-3, 780, 32);
        default ->
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "Invalid network for GradInit's published settings: %s (known: vgg-…, resnet-…, densenet-…, wrn-…; give learning rate and iterations)",
                    network));
      };
    }

    private static Settings settings(double learningRate, int iterations, int examplesPerBatch) {
      return new Settings(learningRate, iterations, examplesPerBatch, 1, .1);
    }
  }

  private static final double LEAST_SCALE = .01;

  private final GradientOracle oracle;
  private final double[][] start;
  private final Settings settings;
  private final List<ParameterTensor> tensors;
  private final boolean[] tuned;
  private final double[] scales;
  private final RescaleAdam adam;

  private GradInit(GradientOracle oracle, double[][] start, Settings settings) {
    this.oracle = oracle;
    this.start = start;
    this.settings = settings;
    this.tensors = oracle.tensors();
    Tensors.checkFit(tensors, start);
    this.tuned = new boolean[start.length];
    this.scales = Tensors.ones(start.length);
    double[] least = new double[start.length];
    for (int i = 0; i < start.length; i++) {
      Kind kind = tensors.get(i).kind();
      tuned[i] = !Tensors.isZero(start[i]);
      least[i] = kind == Kind.BIAS || kind == Kind.SHIFT ? 0 : LEAST_SCALE;
    }
    this.adam = new RescaleAdam(settings.learningRate(), least);
  }

  /**
   * Learns the scales; the values are the gradient's norms.
   *
   * @param start the parameters θ₀ that the scales multiply; not modified
   * @throws ArithmeticException if the loss becomes infinite or undefined
   */
  public static TunedScales run(
      GradientOracle oracle, double[][] start, Settings settings, TuningProgress progress) {
    return new GradInit(oracle, start, settings).run(progress);
  }

  private TunedScales run(TuningProgress progress) {
    List<Double> norms = new ArrayList<>();
    for (int t = 0; t < settings.iterations(); t++) {
      double[][] parameters = Tensors.scaled(start, scales);
      double[][] gradient = oracle.evaluateOnce(parameters, 3L * t, 3L * t + 1).gradient();
      double norm = Tensors.checkFinite("gradient's norm", Tensors.norm(gradient), t);
      if (norm > settings.gradientNorm()) {
        double[] derivatives =
            constraintDerivatives(oracle, start, scales, parameters, gradient, 3L * t, 3L * t + 1);
        adam.step(RescaleAdam.Kind.CONSTRAINT, scales, derivatives, tuned);
      } else if (norm > 0) {
        double[][] next = Tensors.plus(parameters, -settings.innerStep() / norm, gradient);
        double[][] gradientThere = oracle.evaluateOnce(next, 3L * t, 3L * t + 2).gradient();
        adam.step(RescaleAdam.Kind.OBJECTIVE, scales, objective(gradientThere), tuned);
      }
      norms.add(norm);
      progress.step(t + 1, settings.iterations(), norm);
    }
    return new TunedScales(Tensors.named(tensors, scales), norms);
  }

  private double[] objective(double[][] gradientThere) {
    double[] derivatives = new double[start.length];
    for (int i = 0; i < start.length; i++) {
      derivatives[i] = Tensors.dot(gradientThere[i], start[i]) / settings.innerStep();
    }
    return derivatives;
  }

  /**
   * d‖g‖/dα_i for every tensor, where the parameters are α_i times the start.
   *
   * @param gradient g at the parameters
   */
  static double[] constraintDerivatives(
      GradientOracle oracle,
      double[][] start,
      double[] scales,
      double[][] parameters,
      double[][] gradient,
      long... batches) {
    List<ParameterTensor> tensors = oracle.tensors();
    double norm = Tensors.norm(gradient);
    double[][] product = null;
    double[] derivatives = new double[scales.length];
    for (int i = 0; i < scales.length; i++) {
      if (Tensors.isZero(start[i])) {
        continue;
      }
      int together = Tensors.invariantTogether(tensors, parameters, i);
      if (together > 0) {
        double squares = 0;
        for (int k = i; k < i + together; k++) {
          squares += Tensors.dot(gradient[k], gradient[k]);
        }
        derivatives[i] = -squares / (norm * scales[i]);
      } else {
        if (product == null) {
          product = oracle.hessianProduct(parameters, gradient, batches);
        }
        derivatives[i] = Tensors.dot(product[i], start[i]) / norm;
      }
    }
    return derivatives;
  }
}
