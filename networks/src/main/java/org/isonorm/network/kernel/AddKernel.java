package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The sum a + b over arrays of one length: float, contiguous, same element order. Its gradient is
 * the output's, for both inputs.
 */
public interface AddKernel extends Kernel {

  /** Writes a + b; the output may be one of the inputs. */
  void forward(INDArray a, INDArray b, INDArray output);
}
