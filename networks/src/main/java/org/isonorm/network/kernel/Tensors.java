package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What the layers must know of an array before they hand it to a kernel. */
public final class Tensors {

  private Tensors() {}

  /** Whether the elements lie one after the other in C order, whatever the array is a view of. */
  public static boolean isContiguous(INDArray array) {
    long expected = 1;
    for (int axis = array.rank() - 1; axis >= 0; axis--) {
      long size = array.size(axis);
      if (size != 1) {
        if (array.stride(axis) != expected) {
          return false;
        }
        expected *= size;
      }
    }
    return true;
  }

  /** The array, or a copy whose elements lie one after the other in C order. */
  public static INDArray contiguous(INDArray array) {
    return isContiguous(array) ? array : array.dup('c');
  }

  /** Images as a matrix of one row each; a matrix as it is. */
  public static INDArray rows(INDArray images) {
    return images.rank() == 2 ? images : images.reshape('c', images.size(0), -1);
  }
}
