package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import java.util.Optional;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Batch normalization by oneDNN, ReLU fused. In training the primitive's workspace remembers what
 * ReLU let through; its memory is this kernel's. The primitives of training and of inference are
 * made on first use.
 */
public final class OneDnnBatchNormalization implements BatchNormalizationKernel {

  private final BatchNormalizationShape shape;
  private final Precision precision;
  private final Optional<ChannelStatistics> statistics;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final memory.desc activations;
  private final memory.desc channels;
  private final primitive_attr attributes = resources.own(OneDnn.attributes());

  private Training training;
  private Inference inference;

  /**
   * Batch normalization of a shape.
   *
   * @param statistics of a batch; where there are none, oneDNN finds them
   */
  public OneDnnBatchNormalization(
      BatchNormalizationShape shape, Precision precision, Optional<ChannelStatistics> statistics) {
    this.shape = shape;
    this.precision = precision;
    this.statistics = statistics;
    activations =
        resources.own(
            OneDnn.desc(
                precision,
                memory.format_tag.nhwc,
                shape.batch(),
                shape.channels(),
                shape.height(),
                shape.width()));
    channels = resources.own(OneDnn.desc(memory.format_tag.x, shape.channels()));
  }

  @Override
  public void forwardTraining(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray output,
      INDArray mean,
      INDArray variance) {
    if (training == null) {
      training = new Training();
    }
    training.forward(input, scale, shift, output, mean, variance);
  }

  @Override
  public void backward(
      INDArray input,
      INDArray outputGradient,
      INDArray scale,
      INDArray mean,
      INDArray variance,
      INDArray inputGradient,
      INDArray scaleGradient,
      INDArray shiftGradient) {
    if (training == null) {
      throw new IllegalStateException(
          "Cannot run backward: no training forward pass came before it");
    }
    training.backward(
        input, outputGradient, scale, mean, variance, inputGradient, scaleGradient, shiftGradient);
  }

  @Override
  public void forwardInference(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray mean,
      INDArray variance,
      INDArray output) {
    if (inference == null) {
      inference = new Inference();
    }
    inference.forward(input, scale, shift, mean, variance, output);
  }

  @Override
  public void close() {
    resources.close();
  }

  private int flags(int more) {
    return normalization_flags.use_scale.value
        | normalization_flags.use_shift.value
        | (shape.relu() ? normalization_flags.fuse_norm_relu.value : 0)
        | more;
  }

  private final class Training {

    private final OneDnn.Call forward;
    private final memory source;
    private final memory destination;
    private final memory mean;
    private final memory variance;
    private final memory scale;
    private final memory shift;

    private final OneDnn.Call backward;
    private final memory sourceAgain;
    private final memory destinationGradient;
    private final memory sourceGradient;
    private final memory meanAgain;
    private final memory varianceAgain;
    private final memory scaleAgain;
    private final memory scaleGradient;
    private final memory shiftGradient;

    Training() {
      batch_normalization_forward.primitive_desc forwardDesc = forwardDesc(0);
      batch_normalization_forward.primitive_desc runDesc =
          statistics.isEmpty()
              ? forwardDesc
              : forwardDesc(normalization_flags.use_global_stats.value);
      forward =
          resources.call(
              resources.own(new batch_normalization_forward(runDesc)), runDesc.scratchpad_desc());
      source = forward.argument(DNNL_ARG_SRC, activations);
      destination = forward.argument(DNNL_ARG_DST, activations);
      mean = forward.argument(DNNL_ARG_MEAN, channels);
      variance = forward.argument(DNNL_ARG_VARIANCE, channels);
      scale = forward.argument(DNNL_ARG_SCALE, channels);
      shift = forward.argument(DNNL_ARG_SHIFT, channels);

      batch_normalization_backward.primitive_desc backwardDesc =
          resources.own(
              new batch_normalization_backward.primitive_desc(
                  OneDnn.ENGINE,
                  prop_kind.backward.value,
                  activations,
                  activations,
                  activations,
                  (float) shape.epsilon(),
                  flags(0),
                  forwardDesc,
                  attributes,
                  false));
      backward =
          resources.call(
              resources.own(new batch_normalization_backward(backwardDesc)),
              backwardDesc.scratchpad_desc());
      sourceAgain = backward.argument(DNNL_ARG_SRC, activations);
      destinationGradient = backward.argument(DNNL_ARG_DIFF_DST, activations);
      sourceGradient = backward.argument(DNNL_ARG_DIFF_SRC, activations);
      meanAgain = backward.argument(DNNL_ARG_MEAN, channels);
      varianceAgain = backward.argument(DNNL_ARG_VARIANCE, channels);
      scaleAgain = backward.argument(DNNL_ARG_SCALE, channels);
      scaleGradient = backward.argument(DNNL_ARG_DIFF_SCALE, channels);
      shiftGradient = backward.argument(DNNL_ARG_DIFF_SHIFT, channels);

      if (shape.relu()) {
        memory.desc workspaceDesc = resources.own(forwardDesc.workspace_desc());
        memory workspace = resources.own(new memory(workspaceDesc, OneDnn.ENGINE));
        forward.argument(DNNL_ARG_WORKSPACE, workspace);
        backward.argument(DNNL_ARG_WORKSPACE, workspace);
      }
    }

    private batch_normalization_forward.primitive_desc forwardDesc(int more) {
      return resources.own(
          new batch_normalization_forward.primitive_desc(
              OneDnn.ENGINE,
              prop_kind.forward_training.value,
              activations,
              activations,
              (float) shape.epsilon(),
              flags(more),
              attributes,
              false));
    }

    void forward(
        INDArray input,
        INDArray scaleVector,
        INDArray shiftVector,
        INDArray output,
        INDArray meanVector,
        INDArray varianceVector) {
      statistics.ifPresent(found -> found.write(input, meanVector, varianceVector));
      OneDnn.aim(source, input, shape.length(), precision);
      OneDnn.aim(destination, output, shape.length(), precision);
      OneDnn.aim(mean, meanVector, shape.channels());
      OneDnn.aim(variance, varianceVector, shape.channels());
      OneDnn.aim(scale, scaleVector, shape.channels());
      OneDnn.aim(shift, shiftVector, shape.channels());
      forward.run(input, scaleVector, shiftVector, output, meanVector, varianceVector);
      if (!HostVectors.allFinite(varianceVector)) {
        // oneDNN's ReLU makes 0 of NaN, here and in every layer behind, and a network that has
        // diverged would show a finite loss. Infinity passes through.
        output.assign(Float.POSITIVE_INFINITY);
      }
    }

    void backward(
        INDArray input,
        INDArray outputGradient,
        INDArray scaleVector,
        INDArray meanVector,
        INDArray varianceVector,
        INDArray inputGradient,
        INDArray scaleGradientVector,
        INDArray shiftGradientVector) {
      OneDnn.aim(sourceAgain, input, shape.length(), precision);
      OneDnn.aim(destinationGradient, outputGradient, shape.length(), precision);
      OneDnn.aim(sourceGradient, inputGradient, shape.length(), precision);
      OneDnn.aim(meanAgain, meanVector, shape.channels());
      OneDnn.aim(varianceAgain, varianceVector, shape.channels());
      OneDnn.aim(scaleAgain, scaleVector, shape.channels());
      OneDnn.aim(scaleGradient, scaleGradientVector, shape.channels());
      OneDnn.aim(shiftGradient, shiftGradientVector, shape.channels());
      backward.run(
          input,
          outputGradient,
          scaleVector,
          meanVector,
          varianceVector,
          inputGradient,
          scaleGradientVector,
          shiftGradientVector);
    }
  }

  private final class Inference {

    private final OneDnn.Call call;
    private final memory source;
    private final memory destination;
    private final memory mean;
    private final memory variance;
    private final memory scale;
    private final memory shift;

    Inference() {
      batch_normalization_forward.primitive_desc desc =
          resources.own(
              new batch_normalization_forward.primitive_desc(
                  OneDnn.ENGINE,
                  prop_kind.forward_inference.value,
                  activations,
                  activations,
                  (float) shape.epsilon(),
                  flags(normalization_flags.use_global_stats.value),
                  attributes,
                  false));
      call =
          resources.call(
              resources.own(new batch_normalization_forward(desc)), desc.scratchpad_desc());
      source = call.argument(DNNL_ARG_SRC, activations);
      destination = call.argument(DNNL_ARG_DST, activations);
      mean = call.argument(DNNL_ARG_MEAN, channels);
      variance = call.argument(DNNL_ARG_VARIANCE, channels);
      scale = call.argument(DNNL_ARG_SCALE, channels);
      shift = call.argument(DNNL_ARG_SHIFT, channels);
    }

    void forward(
        INDArray input,
        INDArray scaleVector,
        INDArray shiftVector,
        INDArray meanVector,
        INDArray varianceVector,
        INDArray output) {
      OneDnn.aim(source, input, shape.length(), precision);
      OneDnn.aim(destination, output, shape.length(), precision);
      OneDnn.aim(mean, meanVector, shape.channels());
      OneDnn.aim(variance, varianceVector, shape.channels());
      OneDnn.aim(scale, scaleVector, shape.channels());
      OneDnn.aim(shift, shiftVector, shape.channels());
      call.run(input, scaleVector, shiftVector, meanVector, varianceVector, output);
    }
  }
}
