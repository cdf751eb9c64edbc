package org.isonorm.network.layer;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A pooling of one network replica. */
final class FastPoolingLayer extends AbstractLayer<Layer> implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<PoolingShape, PoolingKernel> kernels =
      new KernelCache<>(Kernels::pooling);

  private final transient Function<INDArray, PoolingShape> shapes;

  /**
   * A pooling layer.
   *
   * @param shapes the shape of the pooling of an input
   */
  FastPoolingLayer(
      NeuralNetConfiguration conf, DataType dataType, Function<INDArray, PoolingShape> shapes) {
    super(conf, dataType);
    this.shapes = shapes;
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
    FastLayers.requireImages(input, input.size(-1), layerConf().getLayerName());
    PoolingShape shape = shapes.apply(input);
    long[] outputShape =
        layerConf() instanceof GlobalPoolingLayer
            ? new long[] {shape.batch(), shape.channels()}
            : new long[] {shape.batch(), shape.outHeight(), shape.outWidth(), shape.channels()};
    INDArray output =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape, 'c');
    PoolingKernel kernel = kernels.of(shape);
    if (training) {
      kernel.forwardTraining(input, asImages(output, shape));
    } else {
      kernel.forwardInference(input, asImages(output, shape));
    }
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray inputGradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    PoolingShape shape = shapes.apply(input);
    kernels.of(shape).backward(input, asImages(outputGradient, shape), inputGradient);
    return new Pair<>(new DefaultGradient(), inputGradient);
  }

  /** A view that has the axes of one pixel where global pooling leaves them out. */
  private static INDArray asImages(INDArray output, PoolingShape shape) {
    return output.rank() == 4
        ? output
        : output.reshape('c', shape.batch(), shape.outHeight(), shape.outWidth(), shape.channels());
  }

  @Override
  public Type type() {
    return Type.SUBSAMPLING;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public void clearNoiseWeightParams() {}
}
