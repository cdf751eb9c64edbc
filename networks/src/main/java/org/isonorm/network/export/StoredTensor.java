package org.isonorm.network.export;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A tensor of a graph in the shape and order of axes that torch has it in. */
sealed interface StoredTensor permits StoredTensor.Plain, Classifier {
  long[] shape();

  /** A copy under a name. */
  NamedTensor named(String name);

  /**
   * Takes values.
   *
   * @param values in C order of the shape
   */
  void take(float[] values);

  /**
   * A tensor that lies in the graph as in torch, but for axes of length 1.
   *
   * @param ours in the graph
   * @param shape torch's
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Plain(INDArray ours, long... shape) implements StoredTensor {
    static Plain vector(INDArray ours) {
      return new Plain(ours, ours.length());
    }

    @Override
    public NamedTensor named(String name) {
      return NamedTensor.of(name, ours, shape);
    }

    @Override
    public void take(float[] values) {
      ours.assign(Nd4j.createFromArray(values).reshape('c', ours.shape()));
    }
  }
}
