package org.isonorm.network.layer;

import java.util.Arrays;
import java.util.Locale;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Configuration of the end of a residual block: max(0, a + b) of two inputs of equal shape. */
public class AddRelu extends GraphVertex {

  private static final long serialVersionUID = 1L;

  @Override
  public AddRelu clone() {
    return new AddRelu();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddRelu;
  }

  @Override
  public int hashCode() {
    return AddRelu.class.hashCode();
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
    return 2;
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
    return new AddReluVertex(graph, name, index, dataType);
  }

  @Override
  public InputType getOutputType(int index, InputType... inputs) throws InvalidInputTypeException {
    if (inputs.length != 2 || !inputs[0].equals(inputs[1])) {
      throw new InvalidInputTypeException(
          String.format(
              Locale.ROOT,
              "Invalid inputs of AddRelu: %s (must be two of equal shape)",
              Arrays.toString(inputs)));
    }
    return inputs[0];
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    InputType output = getOutputType(-1, inputs);
    return new LayerMemoryReport.Builder(null, AddRelu.class, inputs[0], output)
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }
}
