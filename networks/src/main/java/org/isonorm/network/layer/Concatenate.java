package org.isonorm.network.layer;

import java.util.Arrays;
import java.util.Locale;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a concatenation over channels (Huang et al. 2017): NHWC inputs of equal size
 * [batch, height, width, channels of that input] become [batch, height, width, channels of all], in
 * the inputs' order.
 */
public class Concatenate extends GraphVertex {

  private static final long serialVersionUID = 1L;

  @Override
  public Concatenate clone() {
    return new Concatenate();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Concatenate;
  }

  @Override
  public int hashCode() {
    return Concatenate.class.hashCode();
  }

  @Override
  public long numParams(boolean backprop) {
    return 0;
  }

  @Override
  public int minVertexInputs() {
    return 2;
  }

  @Override
  public int maxVertexInputs() {
    return Integer.MAX_VALUE;
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    FastLayers.requireFloat(name, dataType);
    return new ConcatenateVertex(graph, name, index, dataType);
  }

  @Override
  public InputType getOutputType(int index, InputType... inputs) throws InvalidInputTypeException {
    long channels = 0;
    for (InputType input : inputs) {
      if (!(input instanceof InputTypeConvolutional images)
          || images.getFormat() != CNN2DFormat.NHWC
          || !(inputs[0] instanceof InputTypeConvolutional first)
          || images.getHeight() != first.getHeight()
          || images.getWidth() != first.getWidth()) {
        throw new InvalidInputTypeException(
            String.format(
                Locale.ROOT,
                "Invalid inputs of Concatenate: %s (must be NHWC images of equal height and width)",
                Arrays.toString(inputs)));
      }
      channels += images.getChannels();
    }
    InputTypeConvolutional first = (InputTypeConvolutional) inputs[0];
    return InputType.convolutional(first.getHeight(), first.getWidth(), channels, CNN2DFormat.NHWC);
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    return new LayerMemoryReport.Builder(
            null, Concatenate.class, inputs[0], getOutputType(-1, inputs))
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }
}
