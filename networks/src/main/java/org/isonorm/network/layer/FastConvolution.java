package org.isonorm.network.layer;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.init.WeightShape;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.SamePadding;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a two-dimensional convolution over NHWC activations, without an activation
 * function of its own. Weights are [out, in / groups, kernel height, kernel width] in C order in
 * DL4J's flat parameter vector, after the bias where there is one. Padding is explicit and the same
 * before and after the pixels, or that of DL4J's "same" mode.
 */
public class FastConvolution extends ConvolutionLayer {

  private static final long serialVersionUID = 1L;

  private boolean inputGradient = true;
  private int groups = 1;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  FastConvolution() {}

  FastConvolution(Builder builder) {
    super(
        new ConvolutionLayer.Builder(
                new int[] {builder.kernelHeight, builder.kernelWidth},
                new int[] {builder.strideHeight, builder.strideWidth},
                new int[] {builder.paddingHeight, builder.paddingWidth})
            .dilation(builder.dilationHeight, builder.dilationWidth)
            .nIn(builder.in)
            .nOut(builder.out)
            .hasBias(builder.bias)
            .convolutionMode(builder.mode)
            .dataFormat(CNN2DFormat.NHWC)
            .activation(Activation.IDENTITY));
    this.inputGradient = builder.inputGradient;
    this.groups = builder.groups;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Whether the gradient with respect to the input is computed: not needed, and costly, in the
   * first layer of a network.
   */
  public boolean isInputGradient() {
    return inputGradient;
  }

  /** The shape of the convolution of images [batch, height, width, channels]. */
  public ConvolutionShape shape(long... images) {
    SamePadding height = padding(0, images[1]);
    SamePadding width = padding(1, images[2]);
    return new ConvolutionShape(
        images[0],
        (int) getNIn(),
        (int) images[1],
        (int) images[2],
        (int) getNOut(),
        getKernelSize()[0],
        getKernelSize()[1],
        getStride()[0],
        getStride()[1],
        height.before(),
        width.before(),
        getDilation()[0],
        getDilation()[1],
        getGroups(),
        hasBias(),
        height.extra(),
        width.extra());
  }

  private SamePadding padding(int axis, long pixels) {
    return AxisPadding.of(
        getConvolutionMode(),
        getKernelSize()[axis],
        getDilation()[axis],
        getStride()[axis],
        getPadding()[axis],
        pixels);
  }

  public void setInputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
  }

  /**
   * How many groups of channels are convolved apart: input channels [g · in / groups, (g + 1) · in
   * / groups) make output channels [g · out / groups, (g + 1) · out / groups).
   */
  public int getGroups() {
    return groups;
  }

  public void setGroups(int groups) {
    this.groups = groups;
  }

  /**
   * The shape of the weights.
   *
   * @throws IllegalArgumentException if the groups do not divide input and output channels
   */
  public WeightShape weightShape() {
    return new WeightShape(
        Math.toIntExact(getNOut()),
        Math.toIntExact(getNIn()),
        getKernelSize()[0],
        getKernelSize()[1],
        groups);
  }

  @Override
  public ParamInitializer initializer() {
    return FastConvolutionParameters.INSTANCE;
  }

  @Override
  public FastConvolution clone() {
    return (FastConvolution) super.clone();
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    LayerValidation.assertNInNOutSet("FastConvolution", getLayerName(), index, getNIn(), getNOut());
    FastLayers.requireSupported(this, dataType);
    FastConvolutionLayer layer = new FastConvolutionLayer(conf, dataType);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    Map<String, INDArray> table = initializer().init(conf, parameters, initializeParameters);
    layer.setParamTable(table);
    return layer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FastConvolution that
        && super.equals(other)
        && inputGradient == that.inputGradient
        && groups == that.groups;
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof FastConvolution;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), inputGradient, groups);
  }

  /**
   * Builds a {@link FastConvolution}; kernel 1, stride 1, one group, and no padding, dilation or
   * bias unless told.
   */
  public static final class Builder {

    private int in;
    private int out;
    private int kernelHeight = 1;
    private int kernelWidth = 1;
    private int strideHeight = 1;
    private int strideWidth = 1;
    private ConvolutionMode mode = ConvolutionMode.Truncate;
    private int paddingHeight;
    private int paddingWidth;
    private int dilationHeight = 1;
    private int dilationWidth = 1;
    private int groups = 1;
    private boolean bias;
    private boolean inputGradient = true;

    private Builder() {}

    /** Input channels; may be left to DL4J's setInputTypes. */
    public Builder in(int channels) {
      in = channels;
      return this;
    }

    /** Output channels. */
    public Builder out(int channels) {
      out = channels;
      return this;
    }

    public Builder kernel(int size) {
      return kernel(size, size);
    }

    public Builder kernel(int height, int width) {
      kernelHeight = height;
      kernelWidth = width;
      return this;
    }

    public Builder stride(int pixels) {
      return stride(pixels, pixels);
    }

    public Builder stride(int vertical, int horizontal) {
      strideHeight = vertical;
      strideWidth = horizontal;
      return this;
    }

    public Builder padding(int pixels) {
      return padding(pixels, pixels);
    }

    public Builder padding(int vertical, int horizontal) {
      paddingHeight = vertical;
      paddingWidth = horizontal;
      return this;
    }

    /** As much padding as gives an output pixel for every stride pixels, the odd one at the end. */
    public Builder samePadding() {
      mode = ConvolutionMode.Same;
      return padding(0);
    }

    /** Pixels from one tap of the kernel to the next; 1 means none are left out. */
    public Builder dilation(int pixels) {
      return dilation(pixels, pixels);
    }

    /** The same of rows and of columns. */
    public Builder dilation(int vertical, int horizontal) {
      dilationHeight = vertical;
      dilationWidth = horizontal;
      return this;
    }

    /** Groups of channels that are convolved apart; as many as input channels is depthwise. */
    public Builder groups(int count) {
      groups = count;
      return this;
    }

    public Builder bias(boolean present) {
      bias = present;
      return this;
    }

    /** False only for a layer fed by the network's input, whose gradient nobody reads. */
    public Builder inputGradient(boolean computed) {
      inputGradient = computed;
      return this;
    }

    public FastConvolution build() {
      return new FastConvolution(this);
    }
  }
}
