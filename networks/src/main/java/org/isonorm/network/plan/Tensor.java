package org.isonorm.network.plan;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a layer puts out, and the loss's gradient by it. */
final class Tensor {
  private final String name;
  private final Place value;
  private final boolean needsGradient;
  private Place gradient;

  /**
   * The output of a layer.
   *
   * @param needsGradient false where nothing before it is trained
   */
  Tensor(String name, Place value, boolean needsGradient) {
    this.name = name;
    this.value = value;
    this.needsGradient = needsGradient;
  }

  Place value() {
    return value;
  }

  /** What several layers put out. */
  static INDArray[] values(List<Tensor> tensors) {
    return tensors.stream().map(tensor -> tensor.value.array()).toArray(INDArray[]::new);
  }

  boolean needsGradient() {
    return needsGradient;
  }

  /** Where its gradient is gathered; null before the first of its consumers has gone backward. */
  Place gradient() {
    return gradient;
  }

  void gradient(Place place) {
    gradient = place;
  }

  @Override
  public String toString() {
    return name;
  }
}
