package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.BytePointer;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Convolution by oneDNN. Activations stay in NHWC; weights are reordered to and from the layout
 * each primitive likes best, in the thread's scratch memory, since their owner may have changed
 * them since the last call. Each direction's primitive is made on first use: inference never makes
 * the backward ones.
 */
public final class OneDnnConvolution
    implements SeparableConvolutionKernel, InferenceConvolutionKernel {

  /** Channels that oneDNN takes at once on AVX-512; on AVX2 half of it. */
  private static final int CHANNELS_OF_A_BLOCK = 16;

  private final ConvolutionShape shape;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final memory.desc inputs;
  private final memory.desc outputs;
  private final memory.desc plainWeights;
  private final memory.desc anyWeights;
  private final memory.desc anyWeightsGradient;
  private final memory.desc bias;
  private final long[] strides;
  private final long[] dilations;
  private final long[] paddingBefore;
  private final long[] paddingAfter;
  private final primitive_attr attributes = resources.own(OneDnn.attributes());
  private final convolution_forward.primitive_desc forwardDesc;

  private Forward forward;
  private InputGradient inputGradient;
  private WeightsGradient weightsGradient;

  public OneDnnConvolution(ConvolutionShape shape, Precision precision) {
    this(shape, precision, prop_kind.forward_training, false, false);
  }

  private OneDnnConvolution(
      ConvolutionShape shape,
      Precision precision,
      prop_kind kind,
      boolean accumulates,
      boolean relu) {
    this.shape = shape;
    this.precision = precision;
    inputs = activations(shape.batch(), shape.in(), shape.inHeight(), shape.inWidth());
    outputs = activations(shape.batch(), shape.out(), shape.outHeight(), shape.outWidth());
    plainWeights = weights(Precision.FLOAT32, memory.format_tag.oihw, memory.format_tag.goihw);
    anyWeights = weights(precision, memory.format_tag.any, memory.format_tag.any);
    anyWeightsGradient = weights(Precision.FLOAT32, memory.format_tag.any, memory.format_tag.any);
    bias = desc(memory.format_tag.x, shape.out());
    strides = new long[] {shape.strideHeight(), shape.strideWidth()};
    // oneDNN counts the elements left out between two taps.
    dilations = new long[] {shape.dilationHeight() - 1L, shape.dilationWidth() - 1L};
    paddingBefore = new long[] {shape.paddingHeight(), shape.paddingWidth()};
    paddingAfter =
        new long[] {
          (long) shape.paddingHeight() + shape.extraHeight(),
          (long) shape.paddingWidth() + shape.extraWidth()
        };
    primitive_attr forwardAttributes = resources.own(OneDnn.attributes());
    post_ops after = resources.own(new post_ops());
    if (accumulates) {
      after.append_sum();
    }
    if (relu) {
      after.append_eltwise(algorithm.eltwise_relu, 0f, 0f);
    }
    forwardAttributes.set_post_ops(after);
    algorithm direct = algorithm.convolution_direct;
    forwardDesc =
        resources.own(
            shape.bias()
                ? new convolution_forward.primitive_desc(
                    OneDnn.ENGINE,
                    kind,
                    direct,
                    inputs,
                    anyWeights,
                    bias,
                    outputs,
                    strides,
                    dilations,
                    paddingBefore,
                    paddingAfter,
                    forwardAttributes,
                    false)
                : new convolution_forward.primitive_desc(
                    OneDnn.ENGINE,
                    kind,
                    direct,
                    inputs,
                    anyWeights,
                    outputs,
                    strides,
                    dilations,
                    paddingBefore,
                    paddingAfter,
                    forwardAttributes,
                    false));
  }

  /**
   * The forward pass alone.
   *
   * @param accumulates whether it adds to what the output holds
   * @param relu whether max(0, ·) follows
   */
  public static InferenceConvolutionKernel forInference(
      ConvolutionShape shape, Precision precision, boolean accumulates, boolean relu) {
    return new OneDnnConvolution(shape, precision, prop_kind.forward_inference, accumulates, relu);
  }

  private memory.desc desc(memory.format_tag format, long... dimensions) {
    return resources.own(OneDnn.desc(format, dimensions));
  }

  private memory.desc activations(long... dimensions) {
    return resources.own(OneDnn.desc(precision, memory.format_tag.nhwc, dimensions));
  }

  private memory.desc weights(
      Precision format, memory.format_tag ungrouped, memory.format_tag grouped) {
    int groups = shape.groups();
    return groups == 1
        ? weights(
            format, ungrouped, shape.out(), shape.in(), shape.kernelHeight(), shape.kernelWidth())
        : weights(
            format,
            grouped,
            groups,
            shape.out() / groups,
            shape.in() / groups,
            shape.kernelHeight(),
            shape.kernelWidth());
  }

  private memory.desc weights(Precision format, memory.format_tag tag, long... dimensions) {
    return resources.own(OneDnn.desc(format, tag, dimensions));
  }

  @Override
  public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
    if (forward == null) {
      forward = new Forward();
    }
    forward.run(input, weights, bias, output);
  }

  @Override
  public void inputGradient(INDArray weights, INDArray outputGradient, INDArray gradient) {
    if (inputGradient == null) {
      inputGradient = new InputGradient();
    }
    inputGradient.run(outputGradient, weights, gradient);
  }

  @Override
  public void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray gradient, INDArray biasGradient) {
    if (weightsGradient == null) {
      weightsGradient = new WeightsGradient();
    }
    weightsGradient.run(input, outputGradient, gradient, biasGradient);
  }

  @Override
  public void close() {
    resources.close();
  }

  private final class Forward {

    private final OneDnn.Call call;
    private final memory source;
    private final memory weights;
    private final memory offset;
    private final memory destination;
    private final WeightsLayout layout;

    Forward() {
      call =
          resources.call(
              resources.own(new convolution_forward(forwardDesc)), forwardDesc.scratchpad_desc());
      layout = new WeightsLayout(forwardDesc.weights_desc(), true);
      source = call.argument(DNNL_ARG_SRC, inputs);
      weights = call.argument(DNNL_ARG_WEIGHTS, layout.preferred);
      offset = shape.bias() ? call.argument(DNNL_ARG_BIAS, bias) : null;
      destination = call.argument(DNNL_ARG_DST, outputs);
    }

    void run(INDArray input, INDArray plain, INDArray biasVector, INDArray output) {
      OneDnn.Worker worker = OneDnn.worker();
      long scratch =
          worker.scratch(layout.bytes + Math.max(layout.scratchBytes(), call.scratchBytes()));
      OneDnn.aim(weights, layout.fromPlain(plain, scratch));
      OneDnn.aim(source, input, shape.inputLength(), precision);
      OneDnn.aim(destination, output, shape.outputLength(), precision);
      if (offset != null) {
        OneDnn.aim(offset, biasVector, shape.out());
      }
      call.run(worker, scratch + layout.bytes, input, plain, biasVector, output);
    }
  }

  private final class InputGradient {

    private final OneDnn.Call call;
    private final memory gradient;
    private final memory weights;
    private final memory outputGradient;
    private final WeightsLayout layout;

    InputGradient() {
      convolution_backward_data.primitive_desc desc =
          resources.own(
              new convolution_backward_data.primitive_desc(
                  OneDnn.ENGINE,
                  algorithm.convolution_direct,
                  inputs,
                  anyWeights,
                  outputs,
                  strides,
                  dilations,
                  paddingBefore,
                  paddingAfter,
                  forwardDesc,
                  attributes,
                  false));
      call =
          resources.call(
              resources.own(new convolution_backward_data(desc)), desc.scratchpad_desc());
      layout = new WeightsLayout(desc.weights_desc(), true);
      gradient = call.argument(DNNL_ARG_DIFF_SRC, inputs);
      weights = call.argument(DNNL_ARG_WEIGHTS, layout.preferred);
      outputGradient = call.argument(DNNL_ARG_DIFF_DST, outputs);
    }

    void run(INDArray outputGradientArray, INDArray plain, INDArray inputGradientArray) {
      OneDnn.Worker worker = OneDnn.worker();
      long scratch =
          worker.scratch(layout.bytes + Math.max(layout.scratchBytes(), call.scratchBytes()));
      OneDnn.aim(weights, layout.fromPlain(plain, scratch));
      OneDnn.aim(outputGradient, outputGradientArray, shape.outputLength(), precision);
      OneDnn.aim(gradient, inputGradientArray, shape.inputLength(), precision);
      call.run(worker, scratch + layout.bytes, outputGradientArray, plain, inputGradientArray);
    }
  }

  private final class WeightsGradient {

    private final OneDnn.Call call;
    private final memory source;
    private final memory gradient;
    private final memory biasGradient;
    private final memory outputGradient;
    private final WeightsLayout layout;

    WeightsGradient() {
      algorithm direct = algorithm.convolution_direct;
      convolution_backward_weights.primitive_desc desc =
          resources.own(
              shape.bias()
                  ? new convolution_backward_weights.primitive_desc(
                      OneDnn.ENGINE,
                      direct,
                      inputs,
                      anyWeightsGradient,
                      bias,
                      outputs,
                      strides,
                      dilations,
                      paddingBefore,
                      paddingAfter,
                      forwardDesc,
                      attributes,
                      false)
                  : new convolution_backward_weights.primitive_desc(
                      OneDnn.ENGINE,
                      direct,
                      inputs,
                      anyWeightsGradient,
                      outputs,
                      strides,
                      dilations,
                      paddingBefore,
                      paddingAfter,
                      forwardDesc,
                      attributes,
                      false));
      while (writesPastItsScratch(desc) && desc.next_impl()) {
        // The one that follows is some other.
      }
      call =
          resources.call(
              resources.own(new convolution_backward_weights(desc)), desc.scratchpad_desc());
      layout = new WeightsLayout(desc.diff_weights_desc(), false);
      source = call.argument(DNNL_ARG_SRC, inputs);
      gradient = call.argument(DNNL_ARG_DIFF_WEIGHTS, layout.preferred);
      biasGradient = shape.bias() ? call.argument(DNNL_ARG_DIFF_BIAS, bias) : null;
      outputGradient = call.argument(DNNL_ARG_DIFF_DST, outputs);
    }

    /**
     * Whether this is oneDNN's implementation of 1×1 convolutions, where that takes pixels apart
     * for a stride and counts a whole block of channels for each: with fewer channels it writes
     * behind its memory, which ends in wrong gradients, an endless wait of its threads or a crash
     * (oneDNN's issue 6035, open as of 3.8.1).
     */
    private boolean writesPastItsScratch(convolution_backward_weights.primitive_desc desc) {
      boolean strided = shape.strideHeight() > 1 || shape.strideWidth() > 1;
      if (!strided || shape.in() / shape.groups() >= CHANNELS_OF_A_BLOCK) {
        return false;
      }
      try (BytePointer name = desc.impl_info_str()) {
        return name.getString().contains("1x1");
      }
    }

    void run(
        INDArray input, INDArray outputGradientArray, INDArray plain, INDArray biasGradientArray) {
      OneDnn.Worker worker = OneDnn.worker();
      long scratch =
          worker.scratch(layout.bytes + Math.max(layout.scratchBytes(), call.scratchBytes()));
      OneDnn.aim(
          gradient, layout.same ? HostMemory.address(plain, shape.weightsLength()) : scratch);
      OneDnn.aim(source, input, shape.inputLength(), precision);
      OneDnn.aim(outputGradient, outputGradientArray, shape.outputLength(), precision);
      if (biasGradient != null) {
        OneDnn.aim(biasGradient, biasGradientArray, shape.out());
      }
      call.run(
          worker, scratch + layout.bytes, input, outputGradientArray, plain, biasGradientArray);
      layout.toPlain(plain, scratch);
    }
  }

  /** The way between DL4J's layout of the weights and the one a primitive prefers. */
  private final class WeightsLayout {

    private final memory.desc preferred;
    private final boolean same;

    /** Bytes of scratch memory the weights take in the preferred layout; 0 when it is DL4J's. */
    private final long bytes;

    private final Reorder reorder;

    WeightsLayout(memory.desc preferred, boolean fromPlain) {
      this.preferred = resources.own(preferred);
      same = preferred.equals(plainWeights);
      bytes = same ? 0 : OneDnn.Worker.align(preferred.get_size());
      if (same) {
        reorder = null;
      } else {
        reorder =
            fromPlain
                ? new Reorder(resources, plainWeights, preferred)
                : new Reorder(resources, preferred, plainWeights);
      }
    }

    long scratchBytes() {
      return same ? 0 : reorder.scratchBytes();
    }

    /** Returns the address of the weights in the preferred layout. */
    long fromPlain(INDArray weights, long scratch) {
      long plain = HostMemory.address(weights, shape.weightsLength());
      if (same) {
        return plain;
      }
      reorder.run(scratch + bytes, plain, scratch);
      return scratch;
    }

    void toPlain(INDArray weights, long scratch) {
      if (!same) {
        reorder.run(scratch + bytes, scratch, HostMemory.address(weights, shape.weightsLength()));
      }
    }
  }
}
