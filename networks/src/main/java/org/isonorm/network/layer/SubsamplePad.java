package org.isonorm.network.layer;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.kernel.SubsampleShape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The shortcut without weights of He et al. 2016 (option A): keeps every {@code stride}-th pixel of
 * both axes, the first one included, and appends zero channels. NHWC: [N, h, w, c] becomes [N,
 * ⌈h/stride⌉, ⌈w/stride⌉, channels].
 */
public final class SubsamplePad extends GraphVertex {
  private static final long serialVersionUID = 1L;

  @JsonProperty private final int stride;
  @JsonProperty private final int channels;

  /**
   * A vertex of one input.
   *
   * @param stride pixels from one that is kept to the next, >= 1
   * @param channels channels of the output, >= those of the input
   */
  public SubsamplePad(@JsonProperty("stride") int stride, @JsonProperty("channels") int channels) {
    if (stride < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid stride: %d (must be >= 1)", stride));
    }
    if (channels < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid channels: %d (must be >= 1)", channels));
    }
    this.stride = stride;
    this.channels = channels;
  }

  /** Pixels from one that is kept to the next. */
  public int stride() {
    return stride;
  }

  /** Channels of the output. */
  public int channels() {
    return channels;
  }

  /** The shape of the work on an input of that many images. */
  public SubsampleShape shape(long batch, int inHeight, int inWidth, int in) {
    return new SubsampleShape(batch, inHeight, inWidth, in, channels, stride);
  }

  @Override
  public SubsamplePad clone() {
    return new SubsamplePad(stride, channels);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SubsamplePad that && stride == that.stride && channels == that.channels;
  }

  @Override
  public int hashCode() {
    return Objects.hash(stride, channels);
  }

  @Override
  public long numParams(boolean backprop) {
    return 0;
  }

  @Override
  public int minVertexInputs() {
    return 1;
  }

  @Override
  public int maxVertexInputs() {
    return 1;
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType dataType) {
    return new SubsamplePadVertex(graph, name, index, dataType, this);
  }

  @Override
  public InputType getOutputType(int index, InputType... inputs) {
    if (inputs.length != 1
        || !(inputs[0] instanceof InputTypeConvolutional input)
        || input.getFormat() != CNN2DFormat.NHWC
        || input.getChannels() > channels) {
      throw new InvalidInputTypeException(
          String.format(
              Locale.ROOT,
              "Invalid input of SubsamplePad: %s (must be one NHWC image of at most %d channels)",
              Arrays.toString(inputs),
              channels));
    }
    return InputType.convolutional(
        kept(input.getHeight(), stride),
        kept(input.getWidth(), stride),
        channels,
        CNN2DFormat.NHWC);
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    return new LayerMemoryReport.Builder(
            null, SubsamplePad.class, inputs[0], getOutputType(-1, inputs))
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }

  /** How many of {@code pixels} are kept. */
  static long kept(long pixels, int stride) {
    return (pixels + stride - 1) / stride;
  }
}
