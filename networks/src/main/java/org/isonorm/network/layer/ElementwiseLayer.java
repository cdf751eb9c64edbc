package org.isonorm.network.layer;

import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;

/** Configuration of what is done to every element by itself, whatever the shape. */
abstract class ElementwiseLayer extends NoParamLayer {

  private static final long serialVersionUID = 1L;

  @Override
  public InputType getOutputType(int index, InputType input) {
    return input;
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType input) {
    return null;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType input) {
    return new LayerMemoryReport.Builder(getLayerName(), getClass(), input, input)
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }
}
