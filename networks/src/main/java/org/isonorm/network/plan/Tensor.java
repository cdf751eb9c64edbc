package org.isonorm.network.plan;

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
