package org.isonorm.network.definition;

import java.math.BigDecimal;
import java.util.Optional;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * DL4J's activation functions and what {@link org.isonorm.init.Activation} calls them. Its two
 * GELUs are not among them: one is x sigmoid(1.702 x), the other less exact than the approximation
 * by tanh.
 */
final class StockActivations {
  static final String IDENTITY = "identity";
  static final String RELU = "relu";
  private static final double USUAL_SLOPE = .01;

  private StockActivations() {}

  /** The name of a function; empty of one that has none there. */
  static Optional<String> name(IActivation function) {
    if (function instanceof ActivationReLU relu) {
      return relu(relu);
    }
    if (function instanceof ActivationLReLU leaky) {
      return Optional.of(leaky(leaky.getAlpha()));
    }
    if (function instanceof ActivationELU elu) {
      // DL4J's gradient is that of alpha 1 at any alpha.
      return elu.getAlpha() == 1 ? Optional.of("elu") : Optional.empty();
    }
    if (function instanceof ActivationIdentity) {
      return Optional.of(IDENTITY);
    }
    if (function instanceof ActivationTanH) {
      return Optional.of("tanh");
    }
    if (function instanceof ActivationSigmoid) {
      return Optional.of("sigmoid");
    }
    if (function instanceof ActivationSwish) {
      return Optional.of("silu");
    }
    if (function instanceof ActivationSELU) {
      return Optional.of("selu");
    }
    if (function instanceof ActivationSoftPlus) {
      return Optional.of("softplus");
    }
    if (function instanceof ActivationMish) {
      return Optional.of("mish");
    }
    if (function instanceof ActivationHardTanH) {
      return Optional.of("hard-tanh");
    }
    return function instanceof ActivationSoftSign ? Optional.of("softsign") : Optional.empty();
  }

  private static Optional<String> relu(ActivationReLU relu) {
    double threshold = relu.getThreshold() == null ? 0 : relu.getThreshold();
    double slope = relu.getNegativeSlope() == null ? 0 : relu.getNegativeSlope();
    if (relu.getMax() != null || threshold != 0) {
      return Optional.empty();
    }
    return Optional.of(slope == 0 ? RELU : leaky(slope));
  }

  private static String leaky(double slope) {
    return slope == USUAL_SLOPE
        ? "leaky-relu"
        : "leaky-relu(" + BigDecimal.valueOf(slope).toPlainString() + ")";
  }
}
