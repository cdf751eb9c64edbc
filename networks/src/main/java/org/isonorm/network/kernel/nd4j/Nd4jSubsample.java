package org.isonorm.network.kernel.nd4j;

import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Subsampling by ND4J: assignment between views. */
public record Nd4jSubsample(SubsampleShape shape) implements SubsampleKernel {

  @Override
  public void forward(INDArray input, INDArray output) {
    if (shape.out() > shape.in()) {
      output.assign(0);
    }
    firstChannels(output).assign(keptPixels(input));
  }

  @Override
  public void backward(INDArray outputGradient, INDArray inputGradient) {
    if (shape.stride() > 1) {
      inputGradient.assign(0);
    }
    keptPixels(inputGradient).assign(firstChannels(outputGradient));
  }

  private INDArray keptPixels(INDArray images) {
    return images.get(
        NDArrayIndex.all(), every(shape.inHeight()), every(shape.inWidth()), NDArrayIndex.all());
  }

  private INDArrayIndex every(long pixels) {
    // ND4J refuses a stride beyond the axis.
    return pixels <= shape.stride()
        ? NDArrayIndex.interval(0, 1)
        : NDArrayIndex.interval(0, shape.stride(), pixels);
  }

  private INDArray firstChannels(INDArray images) {
    return images.get(
        NDArrayIndex.all(),
        NDArrayIndex.all(),
        NDArrayIndex.all(),
        NDArrayIndex.interval(0, shape.in()));
  }
}
