package org.isonorm.network.plan;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A batch normalization by its running statistics as a factor and an offset of every channel: s =
 * scale / √(variance + ε) and shift − s · mean.
 */
final class FoldedNormalization {
  private final INDArray scale;
  private final INDArray shift;
  private final INDArray mean;
  private final INDArray variance;
  private final double epsilon;
  private final INDArray factor;
  private final INDArray offset;

  /** Folds nothing yet. */
  FoldedNormalization(
      INDArray scale, INDArray shift, INDArray mean, INDArray variance, double epsilon) {
    this.scale = row(scale);
    this.shift = row(shift);
    this.mean = row(mean);
    this.variance = row(variance);
    this.epsilon = epsilon;
    this.factor = this.scale.ulike();
    this.offset = this.shift.ulike();
  }

  private static INDArray row(INDArray parameter) {
    return parameter.reshape(parameter.length());
  }

  /** Takes the parameters as they are now. */
  void fold() {
    factor.assign(scale.div(Transforms.sqrt(variance.add(epsilon))));
    offset.assign(shift.sub(mean.mul(factor)));
  }

  INDArray factor() {
    return factor;
  }

  INDArray offset() {
    return offset;
  }
}
