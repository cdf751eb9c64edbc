package org.isonorm.network.kernel.nd4j;

import static org.nd4j.linalg.ops.transforms.Transforms.abs;
import static org.nd4j.linalg.ops.transforms.Transforms.exp;
import static org.nd4j.linalg.ops.transforms.Transforms.max;
import static org.nd4j.linalg.ops.transforms.Transforms.min;
import static org.nd4j.linalg.ops.transforms.Transforms.sigmoid;
import static org.nd4j.linalg.ops.transforms.Transforms.tanh;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Activation functions written in ND4J's elementary operations, which every backend has.
 *
 * @param value φ of every element
 * @param slope φ' of every element
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
record Nd4jActivation(UnaryOperator<INDArray> value, UnaryOperator<INDArray> slope)
    implements ActivationKernel {

  private static final double SELU_SCALE = 1.050_700_987_355_480_5;
  private static final double SELU_ALPHA = 1.673_263_242_354_377_2;
  private static final double GELU_TANH_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_TANH_CUBIC = .044_715;

  /** The kernel, or nothing where there is no such function here. */
  static Optional<ActivationKernel> of(ActivationShape shape) {
    return Optional.ofNullable(
        switch (shape.kind()) {
          case "identity" -> new Nd4jActivation(INDArray::dup, x -> Nd4j.onesLike(x));
          case "relu", "leaky-relu", "prelu" -> leakyRelu(shape.negativeSlope());
          case "tanh" -> new Nd4jActivation(x -> tanh(x), x -> square(tanh(x)).rsubi(1));
          case "sigmoid" -> new Nd4jActivation(x -> sigmoid(x), Nd4jActivation::sigmoidSlope);
          case "gelu" ->
              new Nd4jActivation(
                  x -> cumulative(x).muli(x), x -> cumulative(x).addi(density(x).muli(x)));
          case "gelu-tanh" ->
              new Nd4jActivation(
                  x -> geluTanh(x).addi(1).muli(x).muli(.5), Nd4jActivation::geluTanhSlope);
          case "silu" ->
              new Nd4jActivation(
                  x -> sigmoid(x).muli(x), x -> sigmoid(x).addi(sigmoidSlope(x).muli(x)));
          case "elu" -> elu(1, shape.alpha());
          case "selu" -> elu(SELU_SCALE, SELU_ALPHA);
          case "softplus" -> new Nd4jActivation(Nd4jActivation::softplus, x -> sigmoid(x));
          case "mish" ->
              new Nd4jActivation(x -> tanh(softplus(x)).muli(x), Nd4jActivation::mishSlope);
          case "hard-swish" ->
              new Nd4jActivation(
                  x -> min(max(x.add(3), 0, false), 6, false).muli(x).divi(6),
                  x ->
                      x.mul(2).addi(3).divi(6).muli(mask(abs(x).lt(3), x)).addi(mask(x.gte(3), x)));
          case "hard-tanh" ->
              new Nd4jActivation(x -> min(max(x, -1), 1, false), x -> mask(abs(x).lt(1), x));
          case "softsign" ->
              new Nd4jActivation(x -> x.div(abs(x).addi(1)), x -> square(abs(x).addi(1)).rdivi(1));
          default -> null;
        });
  }

  @Override
  public void forward(INDArray input, INDArray output) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      output.assign(value.apply(input));
    }
  }

  @Override
  public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      inputGradient.assign(slope.apply(input).muli(outputGradient));
    }
  }

  private static Nd4jActivation leakyRelu(double slope) {
    return new Nd4jActivation(
        x -> max(x, 0).addi(min(x, 0).muli(slope)),
        x -> mask(x.gt(0), x).muli(1 - slope).addi(slope));
  }

  private static Nd4jActivation elu(double scale, double alpha) {
    return new Nd4jActivation(
        x -> max(x, 0).addi(exp(min(x, 0), false).subi(1).muli(alpha)).muli(scale),
        x ->
            mask(x.gt(0), x)
                .addi(mask(x.lte(0), x).muli(exp(min(x, 0), false)).muli(alpha))
                .muli(scale));
  }

  private static INDArray sigmoidSlope(INDArray x) {
    INDArray s = sigmoid(x);
    return s.rsub(1).muli(s);
  }

  /** max(x, 0) + log(1 + exp(−|x|)), which does not overflow. */
  private static INDArray softplus(INDArray x) {
    INDArray tail = exp(abs(x).negi(), false);
    return max(x, 0).addi(Nd4j.getExecutioner().exec(new Log1p(tail)));
  }

  private static INDArray mishSlope(INDArray x) {
    INDArray t = tanh(softplus(x));
    return square(t).rsubi(1).muli(x).muli(sigmoid(x)).addi(t);
  }

  /** Φ(x), the normal distribution's cumulative function. */
  private static INDArray cumulative(INDArray x) {
    return Nd4j.getExecutioner().exec(new Erf(x.mul(Math.sqrt(.5)))).addi(1).muli(.5);
  }

  private static INDArray density(INDArray x) {
    return exp(square(x).muli(-.5), false).muli(1 / Math.sqrt(2 * Math.PI));
  }

  private static INDArray geluTanh(INDArray x) {
    return tanh(square(x).muli(GELU_TANH_CUBIC).addi(1).muli(x).muli(GELU_TANH_SCALE), false);
  }

  private static INDArray geluTanhSlope(INDArray x) {
    INDArray t = geluTanh(x);
    INDArray argumentSlope = square(x).muli(3 * GELU_TANH_CUBIC).addi(1).muli(GELU_TANH_SCALE);
    return square(t).rsubi(1).muli(x).muli(argumentSlope).addi(t).addi(1).muli(.5);
  }

  private static INDArray square(INDArray x) {
    return x.mul(x);
  }

  private static INDArray mask(INDArray condition, INDArray x) {
    return condition.castTo(x.dataType());
  }
}
