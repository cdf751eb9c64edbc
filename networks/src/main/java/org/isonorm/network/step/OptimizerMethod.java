package org.isonorm.network.step;

import java.io.Serializable;
import java.util.Locale;

/** How a gradient becomes a step. */
public sealed interface OptimizerMethod extends Serializable {

  /** Whether it keeps second moments of the gradient beside the velocity. */
  boolean hasSecondMoments();

  /**
   * Stochastic gradient descent with momentum; weight decay is part of the gradient (L2).
   *
   * @param momentum μ in [0, 1)
   * @param nesterov whether the step looks ahead along the velocity (Nesterov) or follows it (heavy
   *     ball)
   */
  record Sgd(double momentum, boolean nesterov) implements OptimizerMethod {
    public Sgd {
      check(momentum >= 0 && momentum < 1, "momentum", momentum, "in [0, 1)");
    }

    @Override
    public boolean hasSecondMoments() {
      return false;
    }
  }

  /**
   * Adam with decoupled weight decay (Loshchilov and Hutter 2019): the velocity is the first moment
   * of the gradient, and weight decay does not enter the moments.
   *
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon > 0, added to the root of the second moment
   */
  record AdamW(double beta1, double beta2, double epsilon) implements OptimizerMethod {
    public AdamW {
      check(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
      check(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
      check(epsilon > 0 && Double.isFinite(epsilon), "epsilon", epsilon, "> 0 and finite");
    }

    @Override
    public boolean hasSecondMoments() {
      return true;
    }
  }

  /**
   * Muon (Jordan 2024) for the weights of convolutions, stochastic gradient descent for all else:
   * the step along Nesterov's momentum of a convolution's gradient, as a matrix of a row a filter,
   * is made nearly orthogonal, behind the filters' scaling to the norm √filters. Weight decay has
   * no effect on them: the scaling undoes it.
   *
   * @param momentum of convolutions, in [0, 1)
   * @param iterations of Newton and Schulz's, >= 1
   * @param others how all other parameters move
   */
  record Muon(double momentum, int iterations, Sgd others) implements OptimizerMethod {
    public Muon {
      check(momentum >= 0 && momentum < 1, "muon.momentum", momentum, "in [0, 1)");
      check(iterations >= 1, "muon.iterations", iterations, ">= 1");
    }

    @Override
    public boolean hasSecondMoments() {
      return false;
    }
  }

  /**
   * SGDP (Heo et al. 2021, arXiv 2006.08217): stochastic gradient descent whose step, where weights
   * seem to have a length that does not matter, loses what of it lies along them, so that momentum
   * does not lengthen them. Of all matrices, convolutions and classifier, in the authors' form: a
   * filter at a time where every filter's gradient has a cosine with its weights below {@link
   * #DELTA}/√(weights of a filter), else the layer as a whole where its has one below {@link
   * #DELTA}/√weights, else not. Weight decay is not part of the gradient: weights are multiplied by
   * 1 − ηλ/(1 − momentum), or where the step was projected 1 − {@link #DECAY_RATIO}·ηλ/(1 −
   * momentum). The velocity is not projected.
   *
   * @param plain how it moves what is no matrix, and all else but for the projection
   */
  record Sgdp(Sgd plain) implements OptimizerMethod {
    /** Greatest cosine, times the root of the dimension. */
    public static final double DELTA = .1;

    /** Share of the weight decay that is left where steps are projected. */
    public static final double DECAY_RATIO = .1;

    /** Added to norms that are divided by. */
    static final double EPSILON = 1e-8;

    @Override
    public boolean hasSecondMoments() {
      return false;
    }
  }

  private static void check(boolean valid, String name, double value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be %s)", name, value, range));
    }
  }
}
