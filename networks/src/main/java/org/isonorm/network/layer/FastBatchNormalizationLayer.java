package org.isonorm.network.layer;

import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.BETA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GAMMA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_MEAN;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_VAR;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A batch normalization of one network replica. */
final class FastBatchNormalizationLayer extends BaseLayer<FastBatchNormalization>
    implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<BatchNormalizationShape, BatchNormalizationKernel> kernels =
      new KernelCache<>(Kernels::batchNormalization);

  /** The statistics of the last training batch, [channels] each, outside all workspaces. */
  private transient INDArray batchMean;

  private transient INDArray batchVariance;

  FastBatchNormalizationLayer(NeuralNetConfiguration conf, DataType dataType) {
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
    FastLayers.requireImages(input, layerConf().getNOut(), layerConf().getLayerName());
    BatchNormalizationKernel kernel = kernels.of(shape());
    INDArray output =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, input.shape(), 'c');
    INDArray scale = getParam(GAMMA);
    INDArray shift = getParam(BETA);
    if (training) {
      createBatchStatistics();
      kernel.forwardTraining(input, scale, shift, output, batchMean, batchVariance);
    } else {
      kernel.forwardInference(
          input, scale, shift, getParam(GLOBAL_MEAN), getParam(GLOBAL_VAR), output);
    }
    return output;
  }

  @SuppressWarnings("try") // A workspace is left by being open, not by being used.
  private void createBatchStatistics() {
    if (batchMean == null) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        batchMean = Nd4j.create(dataType, layerConf().getNOut());
        batchVariance = Nd4j.create(dataType, layerConf().getNOut());
      }
    }
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray inputGradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    INDArray scaleGradient = gradientViews.get(GAMMA);
    INDArray shiftGradient = gradientViews.get(BETA);
    kernels
        .of(shape())
        .backward(
            input,
            outputGradient,
            getParam(GAMMA),
            batchMean,
            batchVariance,
            inputGradient,
            scaleGradient,
            shiftGradient);

    INDArray meanGradient = gradientViews.get(GLOBAL_MEAN);
    INDArray varianceGradient = gradientViews.get(GLOBAL_VAR);
    double rate = 1 - layerConf().getDecay();
    Kernels arithmetic = kernels.kernels();
    arithmetic.statisticsGradient(getParam(GLOBAL_MEAN), batchMean, rate, meanGradient);
    arithmetic.statisticsGradient(getParam(GLOBAL_VAR), batchVariance, rate, varianceGradient);

    Gradient gradient = new DefaultGradient();
    gradient.setGradientFor(GAMMA, scaleGradient);
    gradient.setGradientFor(BETA, shiftGradient);
    gradient.setGradientFor(GLOBAL_MEAN, meanGradient);
    gradient.setGradientFor(GLOBAL_VAR, varianceGradient);
    return new Pair<>(gradient, inputGradient);
  }

  private BatchNormalizationShape shape() {
    return layerConf().shape(input.shape());
  }

  /** The moving averages of mean and variance are not sums over the batch. */
  @Override
  public boolean updaterDivideByMinibatch(String parameter) {
    return !GLOBAL_MEAN.equals(parameter) && !GLOBAL_VAR.equals(parameter);
  }

  @Override
  public Type type() {
    return Type.NORMALIZATION;
  }

  @Override
  public boolean hasBias() {
    return false;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }
}
