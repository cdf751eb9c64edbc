package org.isonorm.network.layer;

import static org.deeplearning4j.nn.params.ConvolutionParamInitializer.BIAS_KEY;
import static org.deeplearning4j.nn.params.ConvolutionParamInitializer.WEIGHT_KEY;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A convolution of one network replica. */
final class FastConvolutionLayer extends BaseLayer<FastConvolution> implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<ConvolutionShape, ConvolutionKernel> kernels =
      new KernelCache<>(Kernels::convolution);

  FastConvolutionLayer(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  @Override
  public void computeWith(Kernels others) {
    kernels.computeWith(others);
  }

  @Override
  public void setInput(INDArray array, LayerWorkspaceMgr workspaces) {
    super.setInput(array, workspaces);
    input = FastLayers.contiguous(input, ArrayType.INPUT, workspaces);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    FastLayers.requireImages(input, layerConf().getNIn(), layerConf().getLayerName());
    ConvolutionShape shape = shape();
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS,
            dataType,
            new long[] {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()},
            'c');
    kernels.of(shape).forward(input, getParam(WEIGHT_KEY), getParam(BIAS_KEY), output);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray inputGradient =
        layerConf().isInputGradient()
            ? workspaces.createUninitialized(
                ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c')
            : null;
    INDArray weightsGradient = gradientViews.get(WEIGHT_KEY);
    INDArray biasGradient = gradientViews.get(BIAS_KEY);
    kernels
        .of(shape())
        .backward(
            input,
            getParam(WEIGHT_KEY),
            outputGradient,
            inputGradient,
            weightsGradient,
            biasGradient);

    Gradient gradient = new DefaultGradient();
    if (biasGradient != null) {
      gradient.setGradientFor(BIAS_KEY, biasGradient);
    }
    gradient.setGradientFor(WEIGHT_KEY, weightsGradient, 'c');
    return new Pair<>(gradient, inputGradient);
  }

  private ConvolutionShape shape() {
    return layerConf().shape(input.shape());
  }

  @Override
  public Type type() {
    return Type.CONVOLUTIONAL;
  }

  @Override
  public boolean hasBias() {
    return layerConf().hasBias();
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }
}
