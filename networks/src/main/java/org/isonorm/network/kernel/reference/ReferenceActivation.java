package org.isonorm.network.kernel.reference;

import java.util.function.DoubleUnaryOperator;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function as init-lib defines it, element by element in double precision. */
public record ReferenceActivation(ActivationShape shape) implements ActivationKernel {

  @Override
  public void forward(INDArray input, INDArray output) {
    DoubleUnaryOperator function = shape.function().function();
    float[] values = ReferenceKernels.read(input);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) function.applyAsDouble(values[i]);
    }
    ReferenceKernels.write(values, output);
  }

  @Override
  public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
    DoubleUnaryOperator derivative = shape.function().derivative();
    float[] x = ReferenceKernels.read(input);
    float[] gradient = ReferenceKernels.read(outputGradient);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = (float) (gradient[i] * derivative.applyAsDouble(x[i]));
    }
    ReferenceKernels.write(gradient, inputGradient);
  }
}
