package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import java.util.Optional;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function that oneDNN has. */
public final class OneDnnActivation implements ActivationKernel {

  private final long length;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final OneDnn.Call forward;
  private final memory input;
  private final memory output;
  private final OneDnn.Call backward;
  private final memory inputAgain;
  private final memory outputGradient;
  private final memory inputGradient;

  /** oneDNN's name of a function, with its parameters. */
  private record Eltwise(algorithm function, float alpha, float beta) {}

  private OneDnnActivation(long length, Eltwise eltwise, Precision precision) {
    this.length = length;
    this.precision = precision;
    memory.desc matrix = resources.own(OneDnn.folded(length, precision));
    primitive_attr attributes = resources.own(OneDnn.attributes());
    eltwise_forward.primitive_desc forwardDesc =
        resources.own(
            new eltwise_forward.primitive_desc(
                OneDnn.ENGINE,
                prop_kind.forward_training,
                eltwise.function(),
                matrix,
                matrix,
                eltwise.alpha(),
                eltwise.beta(),
                attributes,
                false));
    forward =
        resources.call(
            resources.own(new eltwise_forward(forwardDesc)), forwardDesc.scratchpad_desc());
    input = forward.argument(DNNL_ARG_SRC, matrix);
    output = forward.argument(DNNL_ARG_DST, matrix);

    eltwise_backward.primitive_desc backwardDesc =
        resources.own(
            new eltwise_backward.primitive_desc(
                OneDnn.ENGINE,
                eltwise.function(),
                matrix,
                matrix,
                matrix,
                eltwise.alpha(),
                eltwise.beta(),
                forwardDesc,
                attributes,
                false));
    backward =
        resources.call(
            resources.own(new eltwise_backward(backwardDesc)), backwardDesc.scratchpad_desc());
    inputAgain = backward.argument(DNNL_ARG_SRC, matrix);
    outputGradient = backward.argument(DNNL_ARG_DIFF_DST, matrix);
    inputGradient = backward.argument(DNNL_ARG_DIFF_SRC, matrix);
  }

  /** The kernel, or nothing where oneDNN has no such function. */
  public static Optional<ActivationKernel> of(ActivationShape shape, Precision precision) {
    return eltwise(shape).map(eltwise -> new OneDnnActivation(shape.length(), eltwise, precision));
  }

  private static Optional<Eltwise> eltwise(ActivationShape shape) {
    return Optional.ofNullable(
        switch (shape.kind()) {
          case "identity" -> new Eltwise(algorithm.eltwise_linear, 1, 0);
          case "relu", "leaky-relu", "prelu" ->
              new Eltwise(algorithm.eltwise_relu, shape.negativeSlope(), 0);
          case "tanh" -> new Eltwise(algorithm.eltwise_tanh, 0, 0);
          case "sigmoid" -> new Eltwise(algorithm.eltwise_logistic, 0, 0);
          case "gelu" -> new Eltwise(algorithm.eltwise_gelu_erf, 0, 0);
          case "gelu-tanh" -> new Eltwise(algorithm.eltwise_gelu_tanh, 0, 0);
          case "silu" -> new Eltwise(algorithm.eltwise_swish, 1, 0);
          case "elu" -> new Eltwise(algorithm.eltwise_elu, shape.alpha(), 0);
          case "softplus" -> new Eltwise(algorithm.eltwise_soft_relu, 1, 0);
          case "mish" -> new Eltwise(algorithm.eltwise_mish, 0, 0);
          case "hard-swish" -> new Eltwise(algorithm.eltwise_hardswish, 1f / 6, .5f);
          case "hard-tanh" -> new Eltwise(algorithm.eltwise_clip, -1, 1);
          default -> null;
        });
  }

  @Override
  public void forward(INDArray from, INDArray to) {
    OneDnn.aim(input, from, length, precision);
    OneDnn.aim(output, to, length, precision);
    forward.run(from, to);
  }

  @Override
  public void backward(INDArray from, INDArray gradient, INDArray result) {
    OneDnn.aim(inputAgain, from, length, precision);
    OneDnn.aim(outputGradient, gradient, length, precision);
    OneDnn.aim(inputGradient, result, length, precision);
    backward.run(from, gradient, result);
  }

  @Override
  public void close() {
    resources.close();
  }
}
