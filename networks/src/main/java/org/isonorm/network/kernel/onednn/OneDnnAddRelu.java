package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Addition by oneDNN with ReLU as its post-operation; backward reads the output instead of the sum.
 */
public final class OneDnnAddRelu implements AddReluKernel {

  private final long length;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final OneDnn.Call forward;
  private final memory a;
  private final memory b;
  private final memory output;
  private final OneDnn.Call backward;
  private final memory outputAgain;
  private final memory outputGradient;
  private final memory inputGradient;

  public OneDnnAddRelu(long length, Precision precision) {
    Checks.positive("length", length);
    this.length = length;
    this.precision = precision;
    memory.desc matrix = resources.own(OneDnn.folded(length, precision));

    post_ops relu = resources.own(new post_ops());
    relu.append_eltwise(algorithm.eltwise_relu, 0f, 0f);
    primitive_attr attributes = resources.own(OneDnn.attributes());
    attributes.set_post_ops(relu);
    binary.primitive_desc forwardDesc =
        resources.own(
            new binary.primitive_desc(
                OneDnn.ENGINE, algorithm.binary_add, matrix, matrix, matrix, attributes, false));
    forward = resources.call(resources.own(new binary(forwardDesc)), forwardDesc.scratchpad_desc());
    a = forward.argument(DNNL_ARG_SRC_0, matrix);
    b = forward.argument(DNNL_ARG_SRC_1, matrix);
    output = forward.argument(DNNL_ARG_DST, matrix);

    primitive_attr plain = resources.own(OneDnn.attributes());
    algorithm reluByOutput = algorithm.eltwise_relu_use_dst_for_bwd;
    eltwise_forward.primitive_desc hint =
        resources.own(
            new eltwise_forward.primitive_desc(
                OneDnn.ENGINE,
                prop_kind.forward_training,
                reluByOutput,
                matrix,
                matrix,
                0f,
                plain,
                false));
    eltwise_backward.primitive_desc backwardDesc =
        resources.own(
            new eltwise_backward.primitive_desc(
                OneDnn.ENGINE, reluByOutput, matrix, matrix, matrix, 0f, hint, plain, false));
    backward =
        resources.call(
            resources.own(new eltwise_backward(backwardDesc)), backwardDesc.scratchpad_desc());
    outputAgain = backward.argument(DNNL_ARG_DST, matrix);
    outputGradient = backward.argument(DNNL_ARG_DIFF_DST, matrix);
    inputGradient = backward.argument(DNNL_ARG_DIFF_SRC, matrix);
  }

  @Override
  public void forward(INDArray first, INDArray second, INDArray result) {
    OneDnn.aim(a, first, length, precision);
    OneDnn.aim(b, second, length, precision);
    OneDnn.aim(output, result, length, precision);
    forward.run(first, second, result);
  }

  @Override
  public void backward(INDArray result, INDArray resultGradient, INDArray gradient) {
    OneDnn.aim(outputAgain, result, length, precision);
    OneDnn.aim(outputGradient, resultGradient, length, precision);
    OneDnn.aim(inputGradient, gradient, length, precision);
    backward.run(result, resultGradient, gradient);
  }

  @Override
  public void close() {
    resources.close();
  }
}
