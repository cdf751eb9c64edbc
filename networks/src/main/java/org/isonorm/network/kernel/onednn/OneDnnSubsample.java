package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Subsampling by oneDNN: a copy between two views of unlike strides. */
public final class OneDnnSubsample implements SubsampleKernel {

  private final SubsampleShape shape;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final Copy forward;
  private final Copy backward;

  public OneDnnSubsample(SubsampleShape shape, Precision precision) {
    this.shape = shape;
    this.precision = precision;
    memory.desc kept = view(shape.inHeight(), shape.inWidth(), shape.in(), shape.stride());
    memory.desc padded = view(shape.outHeight(), shape.outWidth(), shape.out(), 1);
    forward = new Copy(kept, padded);
    backward = new Copy(padded, kept);
  }

  /**
   * Whether the stride divides the image: oneDNN refuses a view whose last row would end behind the
   * image.
   */
  public static boolean supports(SubsampleShape shape) {
    return shape.inHeight() % shape.stride() == 0 && shape.inWidth() % shape.stride() == 0;
  }

  /** The pixels and channels that both sides have, where they lie in images of that size. */
  private memory.desc view(long height, long width, long channels, long stride) {
    return resources.own(
        new memory.desc(
            new long[] {shape.batch(), shape.in(), shape.outHeight(), shape.outWidth()},
            OneDnn.type(precision),
            new long[] {
              height * width * channels, 1, stride * width * channels, stride * channels
            }));
  }

  @Override
  public void forward(INDArray input, INDArray output) {
    if (shape.out() > shape.in()) {
      clear(output, shape.outputLength());
    }
    forward.run(input, shape.inputLength(), output, shape.outputLength());
  }

  @Override
  public void backward(INDArray outputGradient, INDArray inputGradient) {
    if (shape.stride() > 1) {
      clear(inputGradient, shape.inputLength());
    }
    backward.run(outputGradient, shape.outputLength(), inputGradient, shape.inputLength());
  }

  private void clear(INDArray array, long length) {
    Pointer.memset(
        new HostMemory.Address(HostMemory.address(array, length, precision)),
        0,
        length * precision.type().width());
  }

  @Override
  public void close() {
    resources.close();
  }

  private final class Copy {

    private final OneDnn.Call call;
    private final memory source;
    private final memory destination;

    Copy(memory.desc from, memory.desc to) {
      reorder.primitive_desc desc =
          resources.own(
              new reorder.primitive_desc(
                  OneDnn.ENGINE,
                  from,
                  OneDnn.ENGINE,
                  to,
                  resources.own(OneDnn.attributes()),
                  false));
      call = resources.call(resources.own(new reorder(desc)), desc.scratchpad_desc());
      source = call.argument(DNNL_ARG_FROM, from);
      destination = call.argument(DNNL_ARG_TO, to);
    }

    void run(INDArray from, long fromLength, INDArray to, long toLength) {
      OneDnn.aim(source, from, fromLength, precision);
      OneDnn.aim(destination, to, toLength, precision);
      call.run(from, to);
    }
  }
}
