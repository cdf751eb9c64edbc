package org.isonorm.network.plan;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Where an operation reads the gradient of its output and writes that of its input. */
final class Places {
  private Place output;
  private Place input;

  void output(Place place) {
    output = place;
  }

  void input(Place place) {
    input = place;
  }

  INDArray output() {
    return output.array();
  }

  /** Null where nobody reads it. */
  INDArray input() {
    return input == null ? null : input.array();
  }
}
