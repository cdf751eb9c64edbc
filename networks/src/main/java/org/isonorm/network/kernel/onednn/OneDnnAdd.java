package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Addition by oneDNN. */
public final class OneDnnAdd implements AddKernel {

  private final long length;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final OneDnn.Call forward;
  private final memory a;
  private final memory b;
  private final memory output;

  public OneDnnAdd(long length, Precision precision) {
    Checks.positive("length", length);
    this.length = length;
    this.precision = precision;
    memory.desc matrix = resources.own(OneDnn.folded(length, precision));
    primitive_attr attributes = resources.own(OneDnn.attributes());
    binary.primitive_desc desc =
        resources.own(
            new binary.primitive_desc(
                OneDnn.ENGINE, algorithm.binary_add, matrix, matrix, matrix, attributes, false));
    forward = resources.call(resources.own(new binary(desc)), desc.scratchpad_desc());
    a = forward.argument(DNNL_ARG_SRC_0, matrix);
    b = forward.argument(DNNL_ARG_SRC_1, matrix);
    output = forward.argument(DNNL_ARG_DST, matrix);
  }

  @Override
  public void forward(INDArray first, INDArray second, INDArray result) {
    OneDnn.aim(a, first, length, precision);
    OneDnn.aim(b, second, length, precision);
    OneDnn.aim(output, result, length, precision);
    forward.run(first, second, result);
  }

  @Override
  public void close() {
    resources.close();
  }
}
