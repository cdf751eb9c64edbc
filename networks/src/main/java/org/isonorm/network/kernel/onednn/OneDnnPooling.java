package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.primitive_attr;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pooling by oneDNN, whose workspace remembers where each maximum was. */
public final class OneDnnPooling implements PoolingKernel {

  private final PoolingShape shape;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final memory.desc inputs;
  private final memory.desc outputs;
  private final primitive_attr attributes = resources.own(OneDnn.attributes());
  private final algorithm reduction;
  private final long[] strides;
  private final long[] window;
  private final long[] noDilation = {0, 0};
  private final long[] paddingBefore;
  private final long[] paddingAfter;

  private Training training;
  private Forward inference;

  public OneDnnPooling(PoolingShape shape, Precision precision) {
    this.shape = shape;
    this.precision = precision;
    inputs =
        resources.own(
            OneDnn.desc(
                precision,
                memory.format_tag.nhwc,
                shape.batch(),
                shape.channels(),
                shape.inHeight(),
                shape.inWidth()));
    outputs =
        resources.own(
            OneDnn.desc(
                precision,
                memory.format_tag.nhwc,
                shape.batch(),
                shape.channels(),
                shape.outHeight(),
                shape.outWidth()));
    reduction =
        switch (shape.reduction()) {
          case MAX -> algorithm.pooling_max;
          case AVERAGE -> algorithm.pooling_avg_exclude_padding;
        };
    strides = new long[] {shape.strideHeight(), shape.strideWidth()};
    window = new long[] {shape.windowHeight(), shape.windowWidth()};
    paddingBefore = new long[] {shape.paddingHeight(), shape.paddingWidth()};
    paddingAfter =
        new long[] {
          (long) shape.paddingHeight() + shape.extraHeight(),
          (long) shape.paddingWidth() + shape.extraWidth()
        };
  }

  @Override
  public void forwardTraining(INDArray input, INDArray output) {
    if (training == null) {
      training = new Training();
    }
    training.forward.run(input, output);
  }

  @Override
  public void forwardInference(INDArray input, INDArray output) {
    if (inference == null) {
      inference = new Forward(prop_kind.forward_inference);
    }
    inference.run(input, output);
  }

  @Override
  public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
    if (training == null) {
      throw new IllegalStateException(
          "Cannot run backward: no training forward pass came before it");
    }
    training.backward(outputGradient, inputGradient);
  }

  @Override
  public void close() {
    resources.close();
  }

  private final class Forward {

    private final pooling_forward.primitive_desc desc;
    private final OneDnn.Call call;
    private final memory source;
    private final memory destination;

    Forward(prop_kind kind) {
      desc =
          resources.own(
              new pooling_forward.primitive_desc(
                  OneDnn.ENGINE,
                  kind,
                  reduction,
                  inputs,
                  outputs,
                  strides,
                  window,
                  noDilation,
                  paddingBefore,
                  paddingAfter,
                  attributes,
                  false));
      call = resources.call(resources.own(new pooling_forward(desc)), desc.scratchpad_desc());
      source = call.argument(DNNL_ARG_SRC, inputs);
      destination = call.argument(DNNL_ARG_DST, outputs);
    }

    void run(INDArray input, INDArray output) {
      OneDnn.aim(source, input, shape.inputLength(), precision);
      OneDnn.aim(destination, output, shape.outputLength(), precision);
      call.run(input, output);
    }
  }

  private final class Training {

    private final Forward forward = new Forward(prop_kind.forward_training);
    private final OneDnn.Call backward;
    private final memory sourceGradient;
    private final memory destinationGradient;

    Training() {
      pooling_backward.primitive_desc desc =
          resources.own(
              new pooling_backward.primitive_desc(
                  OneDnn.ENGINE,
                  reduction,
                  inputs,
                  outputs,
                  strides,
                  window,
                  noDilation,
                  paddingBefore,
                  paddingAfter,
                  forward.desc,
                  attributes,
                  false));
      backward = resources.call(resources.own(new pooling_backward(desc)), desc.scratchpad_desc());
      sourceGradient = backward.argument(DNNL_ARG_DIFF_SRC, inputs);
      destinationGradient = backward.argument(DNNL_ARG_DIFF_DST, outputs);
      if (shape.reduction() == PoolingShape.Reduction.MAX) {
        memory.desc workspaceDesc = resources.own(forward.desc.workspace_desc());
        memory workspace = resources.own(new memory(workspaceDesc, OneDnn.ENGINE));
        forward.call.argument(DNNL_ARG_WORKSPACE, workspace);
        backward.argument(DNNL_ARG_WORKSPACE, workspace);
      }
    }

    void backward(INDArray outputGradient, INDArray inputGradient) {
      OneDnn.aim(destinationGradient, outputGradient, shape.outputLength(), precision);
      OneDnn.aim(sourceGradient, inputGradient, shape.inputLength(), precision);
      backward.run(outputGradient, inputGradient);
    }
  }
}
