package org.isonorm.network.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function of one network replica. */
final class FastActivationLayer extends AbstractLayer<FastActivation> implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<ActivationShape, ActivationKernel> kernels =
      new KernelCache<>(Kernels::activation);

  private final transient Activation function;

  FastActivationLayer(NeuralNetConfiguration conf, DataType dataType, Activation function) {
    super(conf, dataType);
    this.function = function;
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
    kernels.of(shape()).forward(input, output);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray inputGradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    kernels.of(shape()).backward(input, outputGradient, inputGradient);
    return new Pair<>(new DefaultGradient(), inputGradient);
  }

  private ActivationShape shape() {
    return new ActivationShape(function, input.length());
  }

  @Override
  public Type type() {
    return Type.FEED_FORWARD;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public void clearNoiseWeightParams() {}
}
