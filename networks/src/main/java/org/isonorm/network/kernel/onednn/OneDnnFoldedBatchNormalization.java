package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.FloatPointer;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Batch normalization of channels that fill no vector register, by oneDNN. Its primitives for such
 * channels are some fifteen times slower than the others, so successive pixels are taken as one of
 * that many times the channels: 4 pixels of 36 channels as one of 144. The primitives then
 * normalize by the batch's statistics as if they were given, and find sums of every folded channel,
 * which are put together here:
 *
 * <pre>
 * dx = scale/σ · dy − scale/σ · (Σ dy + x̂ Σ dy x̂) / rows = dx of given statistics + a x + b
 * </pre>
 */
public final class OneDnnFoldedBatchNormalization implements BatchNormalizationKernel {

  /** Channels of the fastest primitives are a multiple of these, floats of a 512 bit register. */
  private static final int REGISTER = 16;

  /** Channels that are a multiple of these need no folding. */
  private static final int HALF_REGISTER = 8;

  private final BatchNormalizationShape shape;
  private final ChannelStatistics statistics;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final int channels;
  private final int folds;
  private final memory.desc activations;
  private final memory.desc vectors;
  private final primitive_attr attributes = resources.own(OneDnn.attributes());

  private final Vector mean;
  private final Vector variance;
  private final Vector scale;
  private final Vector shift;

  private Training training;
  private Normalize inference;

  public OneDnnFoldedBatchNormalization(
      BatchNormalizationShape shape, ChannelStatistics statistics) {
    this.shape = shape;
    this.statistics = statistics;
    channels = shape.channels();
    folds = folds(channels);
    activations =
        resources.own(
            OneDnn.desc(
                memory.format_tag.nhwc,
                shape.batch(),
                (long) channels * folds,
                (long) shape.height() * shape.width() / folds,
                1));
    vectors = resources.own(OneDnn.desc(memory.format_tag.x, (long) channels * folds));
    mean = new Vector(vectors);
    variance = new Vector(vectors);
    scale = new Vector(vectors);
    shift = new Vector(vectors);
  }

  /** Whether folding is of use, and an image has a whole number of folded pixels. */
  public static boolean suits(BatchNormalizationShape shape) {
    long pixels = (long) shape.height() * shape.width();
    return shape.channels() % HALF_REGISTER != 0 && pixels % folds(shape.channels()) == 0;
  }

  /** The least power of two that makes whole registers of the channels. */
  private static int folds(int channels) {
    return REGISTER / Math.min(REGISTER, Integer.lowestOneBit(channels));
  }

  @Override
  public void forwardTraining(
      INDArray input,
      INDArray scaleVector,
      INDArray shiftVector,
      INDArray output,
      INDArray meanVector,
      INDArray varianceVector) {
    if (training == null) {
      training = new Training();
    }
    statistics.write(input, meanVector, varianceVector);
    training.normalize.run(input, scaleVector, shiftVector, meanVector, varianceVector, output);
    if (!HostVectors.allFinite(varianceVector)) {
      // As in OneDnnBatchNormalization: a network that has diverged must not show a finite loss.
      output.assign(Float.POSITIVE_INFINITY);
    }
  }

  @Override
  public void backward(
      INDArray input,
      INDArray outputGradient,
      INDArray scaleVector,
      INDArray meanVector,
      INDArray varianceVector,
      INDArray inputGradient,
      INDArray scaleGradient,
      INDArray shiftGradient) {
    if (training == null) {
      throw new IllegalStateException(
          "Cannot run backward: no training forward pass came before it");
    }
    scale.repeat(values(scaleVector));
    mean.repeat(values(meanVector));
    variance.repeat(values(varianceVector));
    training.givenStatistics(input, outputGradient, inputGradient);
    double[] dScale = training.scaleGradient.sums();
    double[] dShift = training.shiftGradient.sums();
    write(dScale, scaleGradient);
    write(dShift, shiftGradient);
    training.throughStatistics(
        input,
        inputGradient,
        dScale,
        dShift,
        values(scaleVector),
        values(meanVector),
        values(varianceVector));
  }

  @Override
  public void forwardInference(
      INDArray input,
      INDArray scaleVector,
      INDArray shiftVector,
      INDArray meanVector,
      INDArray varianceVector,
      INDArray output) {
    if (inference == null) {
      inference = new Normalize(prop_kind.forward_inference);
    }
    inference.run(input, scaleVector, shiftVector, meanVector, varianceVector, output);
  }

  @Override
  public void close() {
    resources.close();
  }

  private int flags() {
    return normalization_flags.use_scale.value
        | normalization_flags.use_shift.value
        | normalization_flags.use_global_stats.value
        | (shape.relu() ? normalization_flags.fuse_norm_relu.value : 0);
  }

  private float[] values(INDArray vector) {
    float[] values = new float[channels];
    HostMemory.buffer(vector, channels).get(values);
    return values;
  }

  private void write(double[] values, INDArray vector) {
    float[] rounded = new float[channels];
    for (int c = 0; c < channels; c++) {
      rounded[c] = (float) values[c];
    }
    HostMemory.buffer(vector, channels).put(rounded);
  }

  /** A value of every folded channel, in memory of its own. */
  private final class Vector {

    private final FloatPointer values = resources.own(new FloatPointer((long) channels * folds));
    private final memory memory;

    Vector(memory.desc layout) {
      memory = resources.own(new memory(layout, OneDnn.ENGINE, values));
    }

    /** Gives every fold of a channel the channel's value. */
    void repeat(float[] ofChannels) {
      float[] repeated = new float[channels * folds];
      for (int i = 0; i < folds; i++) {
        System.arraycopy(ofChannels, 0, repeated, i * channels, channels);
      }
      values.put(repeated);
    }

    float[] folded() {
      float[] folded = new float[channels * folds];
      values.get(folded);
      return folded;
    }

    /** The sum over the folds of every channel. */
    double[] sums() {
      float[] folded = folded();
      double[] sums = new double[channels];
      for (int i = 0; i < folded.length; i++) {
        sums[i % channels] += folded[i];
      }
      return sums;
    }
  }

  /** Normalization by given statistics. */
  private final class Normalize {

    private final batch_normalization_forward.primitive_desc desc;
    private final OneDnn.Call call;
    private final memory source;
    private final memory destination;

    Normalize(prop_kind kind) {
      desc =
          resources.own(
              new batch_normalization_forward.primitive_desc(
                  OneDnn.ENGINE,
                  kind.value,
                  activations,
                  activations,
                  (float) shape.epsilon(),
                  flags(),
                  attributes,
                  false));
      call =
          resources.call(
              resources.own(new batch_normalization_forward(desc)), desc.scratchpad_desc());
      source = call.argument(DNNL_ARG_SRC, activations);
      destination = call.argument(DNNL_ARG_DST, activations);
      call.argument(DNNL_ARG_MEAN, mean.memory);
      call.argument(DNNL_ARG_VARIANCE, variance.memory);
      call.argument(DNNL_ARG_SCALE, scale.memory);
      call.argument(DNNL_ARG_SHIFT, shift.memory);
    }

    void run(
        INDArray input,
        INDArray scaleVector,
        INDArray shiftVector,
        INDArray meanVector,
        INDArray varianceVector,
        INDArray output) {
      scale.repeat(values(scaleVector));
      shift.repeat(values(shiftVector));
      mean.repeat(values(meanVector));
      variance.repeat(values(varianceVector));
      OneDnn.aim(source, input, shape.length());
      OneDnn.aim(destination, output, shape.length());
      call.run(input, output);
    }
  }

  private final class Training {

    private final Normalize normalize = new Normalize(prop_kind.forward_training);

    private final OneDnn.Call backward;
    private final memory source;
    private final memory destinationGradient;
    private final memory sourceGradient;
    private final Vector scaleGradient = new Vector(vectors);
    private final Vector shiftGradient = new Vector(vectors);

    private final OneDnn.Call correct;
    private final memory correctSource;
    private final memory correctDestination;
    private final Vector slope;
    private final Vector intercept;

    Training() {
      batch_normalization_backward.primitive_desc backwardDesc =
          resources.own(
              new batch_normalization_backward.primitive_desc(
                  OneDnn.ENGINE,
                  prop_kind.backward.value,
                  activations,
                  activations,
                  activations,
                  (float) shape.epsilon(),
                  flags(),
                  normalize.desc,
                  attributes,
                  false));
      backward =
          resources.call(
              resources.own(new batch_normalization_backward(backwardDesc)),
              backwardDesc.scratchpad_desc());
      source = backward.argument(DNNL_ARG_SRC, activations);
      destinationGradient = backward.argument(DNNL_ARG_DIFF_DST, activations);
      sourceGradient = backward.argument(DNNL_ARG_DIFF_SRC, activations);
      backward.argument(DNNL_ARG_MEAN, mean.memory);
      backward.argument(DNNL_ARG_VARIANCE, variance.memory);
      backward.argument(DNNL_ARG_SCALE, scale.memory);
      backward.argument(DNNL_ARG_DIFF_SCALE, scaleGradient.memory);
      backward.argument(DNNL_ARG_DIFF_SHIFT, shiftGradient.memory);
      if (shape.relu()) {
        memory.desc workspaceDesc = resources.own(normalize.desc.workspace_desc());
        memory workspace = resources.own(new memory(workspaceDesc, OneDnn.ENGINE));
        normalize.call.argument(DNNL_ARG_WORKSPACE, workspace);
        backward.argument(DNNL_ARG_WORKSPACE, workspace);
      }

      long columns = (long) channels * folds;
      memory.desc rows =
          resources.own(OneDnn.desc(memory.format_tag.ab, shape.length() / columns, columns));
      memory.desc row = resources.own(OneDnn.desc(memory.format_tag.ab, 1, columns));
      slope = new Vector(row);
      intercept = new Vector(row);
      post_ops addition = resources.own(new post_ops());
      addition.append_sum();
      addition.append_binary(algorithm.binary_add, row);
      primitive_attr adding = resources.own(OneDnn.attributes());
      adding.set_post_ops(addition);
      binary.primitive_desc correctDesc =
          resources.own(
              new binary.primitive_desc(
                  OneDnn.ENGINE, algorithm.binary_mul, rows, row, rows, adding, false));
      correct =
          resources.call(resources.own(new binary(correctDesc)), correctDesc.scratchpad_desc());
      correctSource = correct.argument(DNNL_ARG_SRC_0, rows);
      correct.argument(DNNL_ARG_SRC_1, slope.memory);
      correctDestination = correct.argument(DNNL_ARG_DST, rows);
      int second = 2 * DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
      correct.argument(second | DNNL_ARG_SRC_1, intercept.memory);
    }

    /** The gradients as if the statistics did not depend on the input. */
    void givenStatistics(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      OneDnn.aim(source, input, shape.length());
      OneDnn.aim(destinationGradient, outputGradient, shape.length());
      OneDnn.aim(sourceGradient, inputGradient, shape.length());
      backward.run(input, outputGradient, inputGradient);
    }

    /** Adds what goes through mean and variance. */
    void throughStatistics(
        INDArray input,
        INDArray inputGradient,
        double[] dScale,
        double[] dShift,
        float[] scales,
        float[] means,
        float[] variances) {
      float[] a = new float[channels];
      float[] b = new float[channels];
      for (int c = 0; c < channels; c++) {
        double inverse = 1 / Math.sqrt(variances[c] + shape.epsilon());
        double factor = -scales[c] * inverse / shape.rows();
        double perInput = factor * inverse * dScale[c];
        a[c] = (float) perInput;
        b[c] = (float) (factor * dShift[c] - perInput * means[c]);
      }
      slope.repeat(a);
      intercept.repeat(b);
      OneDnn.aim(correctSource, input, shape.length());
      OneDnn.aim(correctDestination, inputGradient, shape.length());
      correct.run(input, inputGradient);
    }
  }
}
