package org.isonorm.network.plan;

import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A pooling; that of the whole image leaves out the axes of its one pixel. */
record PoolingOperation(
    Tensor input, Tensor output, PoolingShape shape, PoolingKernel kernel, Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forwardTraining(input.value().array(), asImages(output.value().array(), shape));
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    planner.read(input.value());
    gradients.output(planner.gradientOf(output));
    gradients.input(planner.give(input));
  }

  @Override
  public void backward() {
    kernel.backward(input.value().array(), asImages(gradients.output(), shape), gradients.input());
  }

  /** A view that has the axes of one pixel where global pooling leaves them out. */
  static INDArray asImages(INDArray pooled, PoolingShape shape) {
    return pooled.rank() == 4
        ? pooled
        : pooled.reshape('c', shape.batch(), shape.outHeight(), shape.outWidth(), shape.channels());
  }
}
