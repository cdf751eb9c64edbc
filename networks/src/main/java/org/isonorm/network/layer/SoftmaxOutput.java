package org.isonorm.network.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * DL4J's output layer with softmax and cross-entropy, whose training pass finds loss, gradient and
 * count of correct predictions at once. Labels are one-hot or any distribution over the classes.
 */
public class SoftmaxOutput extends OutputLayer {
  private static final long serialVersionUID = 1L;

  /** For reading from JSON. */
  protected SoftmaxOutput() {}

  /** A linear classifier of that many classes. */
  public SoftmaxOutput(int classes, boolean bias) {
    super(
        new Builder(LossFunction.MCXENT)
            .activation(Activation.SOFTMAX)
            .nOut(classes)
            .hasBias(bias));
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType dataType) {
    SoftmaxOutputLayer layer = new SoftmaxOutputLayer(conf, dataType);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer().init(conf, parameters, initialize));
    layer.setConf(conf);
    return layer;
  }
}
