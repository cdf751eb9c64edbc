package org.isonorm.network.plan;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where an array of a shape lies: in a slot of the plan's memory, or wherever the caller has it.
 */
final class Place {
  private final Slot slot;
  private final long[] shape;
  private INDArray array;

  /**
   * An array in the plan's memory.
   *
   * @param slot null for an array the caller brings to every step
   */
  Place(Slot slot, long... shape) {
    this.slot = slot;
    this.shape = shape.clone();
  }

  Slot slot() {
    return slot;
  }

  long[] shape() {
    return shape.clone();
  }

  void bind(INDArray newArray) {
    array = newArray;
  }

  INDArray array() {
    return array;
  }
}
