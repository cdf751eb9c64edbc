package org.isonorm.network.layer;

import static org.deeplearning4j.nn.params.DefaultParamInitializer.BIAS_KEY;
import static org.isonorm.network.layer.ScalarAffine.MULTIPLIER;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The scalars of one network replica. */
final class ScalarAffineLayer extends BaseLayer<ScalarAffine> implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<Long, ScalarAffineKernel> kernels;
  private final boolean multiplied;

  ScalarAffineLayer(NeuralNetConfiguration conf, DataType dataType, boolean multiplied) {
    super(conf, dataType);
    this.kernels =
        new KernelCache<>((arithmetic, length) -> arithmetic.scalarAffine(length, multiplied));
    this.multiplied = multiplied;
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
    INDArray output =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, input.shape(), 'c');
    kernels.of(input.length()).forward(input, getParam(MULTIPLIER), getParam(BIAS_KEY), output);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray biasGradient = gradientViews.get(BIAS_KEY);
    INDArray multiplierGradient = gradientViews.get(MULTIPLIER);
    INDArray inputGradient =
        multiplied
            ? workspaces.createUninitialized(
                ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c')
            : null;
    kernels
        .of(input.length())
        .backward(
            input,
            getParam(MULTIPLIER),
            outputGradient,
            inputGradient,
            multiplierGradient,
            biasGradient);

    Gradient gradient = new DefaultGradient();
    gradient.setGradientFor(BIAS_KEY, biasGradient);
    if (multiplied) {
      gradient.setGradientFor(MULTIPLIER, multiplierGradient);
    } else {
      // A copy: DL4J may release the gradient given here before the layer below has read it.
      inputGradient = workspaces.dup(ArrayType.ACTIVATION_GRAD, outputGradient, 'c');
    }
    return new Pair<>(gradient, inputGradient);
  }

  @Override
  public Type type() {
    return Type.FEED_FORWARD;
  }

  @Override
  public boolean hasBias() {
    return true;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }
}
