package org.isonorm.network.plan;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory that plans of one network share, since only one of them runs at a time. */
public final class PlanMemory implements AutoCloseable {
  private INDArray array;

  /** An array of at least that many elements, with anything in it. */
  INDArray atLeast(DataType type, long length) {
    if (array == null || array.dataType() != type || array.length() < length) {
      array = Nd4j.createUninitializedDetached(type, length);
    }
    return array;
  }

  /** Releases it; plans that lie in it may not run any more. */
  @Override
  public void close() {
    if (array != null) {
      array.close();
      array = null;
    }
  }
}
