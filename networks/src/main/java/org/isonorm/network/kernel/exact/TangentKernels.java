package org.isonorm.network.kernel.exact;

import java.lang.ref.Reference;
import java.util.OptionalDouble;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ForwardingKernels;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Hessian times vector without differences (Pearlmutter 1994): every activation and every gradient
 * stands twice in its array, first its value and behind it its tangent, how it changes as the
 * parameters move in a direction. A batch of N images is one of 2N, whose second half are the
 * images' tangents, 0. What comes out at the parameters is the gradient, and its tangent is the
 * Hessian times the direction, exact but for rounding, for the convolutions of three gradients.
 *
 * <p>On the CPU, in float32 or float64. Where the loss has a kink the tangent is that of the piece
 * it stands on.
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
public final class TangentKernels extends ForwardingKernels {
  private final Direction direction;

  /**
   * Flat vectors laid out alike.
   *
   * @param parameters where the network is
   * @param tangents of the parameters: the direction
   * @param gradient which is written, and holds the values' gradient in the end
   * @param product which is written, and holds the Hessian times the direction in the end
   */
  public record Direction(
      INDArray parameters, INDArray tangents, INDArray gradient, INDArray product) {

    /** The tangent of a parameter; null of null. */
    public INDArray ofParameter(INDArray parameter) {
      return counterpart(parameter, parameters, tangents);
    }

    /** The tangent of a parameter's gradient; null of null. */
    public INDArray ofGradient(INDArray part) {
      return counterpart(part, gradient, product);
    }

    private static INDArray counterpart(INDArray part, INDArray of, INDArray vector) {
      if (part == null) {
        return null;
      }
      long from = part.offset() - of.offset();
      return vector
          .reshape(vector.length())
          .get(NDArrayIndex.interval(from, from + part.length()))
          .reshape(part.ordering(), part.shape());
    }
  }

  /**
   * Kernels for values and tangents.
   *
   * @param base kernels for values alone
   */
  public TangentKernels(Kernels base, Direction direction) {
    super(base);
    this.direction = direction;
  }

  @Override
  public String name() {
    return base().name() + " with tangents";
  }

  @Override
  public Kernels withPrecision(Precision precision) {
    return new TangentKernels(base().withPrecision(precision), direction);
  }

  /** The first half of an array along its first axis. */
  public static INDArray values(INDArray both) {
    return half(both, 0);
  }

  /** The second half of an array along its first axis. */
  public static INDArray tangents(INDArray both) {
    return half(both, both.length() / 2);
  }

  private static INDArray half(INDArray both, long from) {
    long[] shape = both.shape().clone();
    shape[0] /= 2;
    return Nd4j.create(both.data(), shape, Nd4j.getStrides(shape, 'c'), both.offset() + from, 'c');
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return new Convolution(shape.withBatch(shape.batch() / 2));
  }

  /** y = x w, so ẏ = ẋ w + x ẇ; and backward likewise. The bias takes part in no product. */
  private final class Convolution implements ConvolutionKernel {
    private final ConvolutionShape shape;
    private final ConvolutionKernel kernel;

    Convolution(ConvolutionShape shape) {
      this.shape = shape;
      this.kernel = base().convolution(shape.withoutBias());
    }

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        INDArray x = values(input);
        INDArray y = values(output);
        INDArray tangent = tangents(output);
        INDArray part = y.ulike();
        kernel.forward(x, weights, null, y);
        kernel.forward(tangents(input), weights, null, tangent);
        kernel.forward(x, direction.ofParameter(weights), null, part);
        tangent.addi(part);
        part.close();
        if (shape.bias()) {
          rows(y).addiRowVector(bias);
          rows(tangent).addiRowVector(direction.ofParameter(bias));
        }
      }
    }

    @Override
    public void backward(
        INDArray input,
        INDArray weights,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray weightsGradient,
        INDArray biasGradient) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        INDArray x = values(input);
        INDArray dy = values(outputGradient);
        INDArray dyTangent = tangents(outputGradient);
        INDArray dx = inputGradient == null ? null : values(inputGradient);
        INDArray dxTangent = inputGradient == null ? null : tangents(inputGradient);
        INDArray dwTangent = direction.ofGradient(weightsGradient);
        INDArray dwPart = weightsGradient.ulike();
        INDArray dxPart = inputGradient == null ? null : dx.ulike();
        kernel.backward(x, weights, dy, dx, weightsGradient, null);
        kernel.backward(x, weights, dyTangent, dxTangent, dwTangent, null);
        kernel.backward(tangents(input), direction.ofParameter(weights), dy, dxPart, dwPart, null);
        dwTangent.addi(dwPart);
        dwPart.close();
        if (dxPart != null) {
          dxTangent.addi(dxPart);
          dxPart.close();
        }
        if (shape.bias()) {
          biasGradient.assign(rows(dy).sum(0));
          direction.ofGradient(biasGradient).assign(rows(dyTangent).sum(0));
        }
      }
    }

    private INDArray rows(INDArray images) {
      return images.reshape('c', images.length() / shape.out(), shape.out());
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new TangentBatchNormalization(
        new BatchNormalizationShape(
            shape.batch() / 2,
            shape.height(),
            shape.width(),
            shape.channels(),
            shape.epsilon(),
            shape.relu()),
        direction);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return new AddRelu(new Shares(length / 2, 1));
  }

  /** Tangents pass where values do. */
  private record AddRelu(Shares elements) implements AddReluKernel {

    @Override
    public void forward(INDArray a, INDArray b, INDArray output) {
      HostElements first = HostElements.of(a);
      HostElements second = HostElements.of(b);
      HostElements result = HostElements.of(output);
      elements.forEach(
          (from, count) -> {
            double[] sum = elements.read(first, from, count);
            double[] tangent = elements.read(first, elements.rows() + from, count);
            double[] other = elements.read(second, from, count);
            double[] otherTangent = elements.read(second, elements.rows() + from, count);
            for (int i = 0; i < count; i++) {
              sum[i] += other[i];
              tangent[i] = sum[i] > 0 ? tangent[i] + otherTangent[i] : 0;
              sum[i] = Math.max(0, sum[i]);
            }
            elements.write(result, from, sum);
            elements.write(result, elements.rows() + from, tangent);
          });
      Reference.reachabilityFence(new INDArray[] {a, b, output});
    }

    @Override
    public void backward(INDArray output, INDArray outputGradient, INDArray inputGradient) {
      HostElements y = HostElements.of(output);
      HostElements dy = HostElements.of(outputGradient);
      HostElements dx = HostElements.of(inputGradient);
      elements.forEach(
          (from, count) -> {
            double[] values = elements.read(y, from, count);
            for (long half = 0; half <= elements.rows(); half += elements.rows()) {
              double[] gradient = elements.read(dy, half + from, count);
              for (int i = 0; i < count; i++) {
                gradient[i] = values[i] > 0 ? gradient[i] : 0;
              }
              elements.write(dx, half + from, gradient);
            }
          });
      Reference.reachabilityFence(new INDArray[] {output, outputGradient, inputGradient});
    }
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    Shares elements = new Shares(shape.length() / 2, 1);
    OptionalDouble slope = shape.function().negativeSlope();
    return slope.isPresent()
        ? new PiecewiseLinear(slope.getAsDouble(), elements)
        : new Curved(shape.function(), elements);
  }

  /** y = φ(x), so ẏ = φ'(x) ẋ; backward dx = φ'(x) dy, whose tangent is φ'(x) dẏ + φ''(x) ẋ dy. */
  private record Curved(Activation function, Shares elements) implements ActivationKernel {

    @Override
    public void forward(INDArray input, INDArray output) {
      HostElements x = HostElements.of(input);
      HostElements y = HostElements.of(output);
      elements.forEach(
          (from, count) -> {
            double[] values = elements.read(x, from, count);
            double[] tangents = elements.read(x, elements.rows() + from, count);
            for (int i = 0; i < count; i++) {
              tangents[i] *= function.derivative().applyAsDouble(values[i]);
              values[i] = function.function().applyAsDouble(values[i]);
            }
            elements.write(y, from, values);
            elements.write(y, elements.rows() + from, tangents);
          });
      Reference.reachabilityFence(new INDArray[] {input, output});
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      HostElements x = HostElements.of(input);
      HostElements dy = HostElements.of(outputGradient);
      HostElements dx = HostElements.of(inputGradient);
      elements.forEach(
          (from, count) -> {
            double[] values = elements.read(x, from, count);
            double[] tangents = elements.read(x, elements.rows() + from, count);
            double[] gradient = elements.read(dy, from, count);
            double[] ofGradient = elements.read(dy, elements.rows() + from, count);
            for (int i = 0; i < count; i++) {
              double slope = function.derivative().applyAsDouble(values[i]);
              double bend = function.secondDerivative().applyAsDouble(values[i]);
              ofGradient[i] = slope * ofGradient[i] + bend * tangents[i] * gradient[i];
              gradient[i] *= slope;
            }
            elements.write(dx, from, gradient);
            elements.write(dx, elements.rows() + from, ofGradient);
          });
      Reference.reachabilityFence(new INDArray[] {input, outputGradient, inputGradient});
    }
  }

  /** The slope at the value multiplies values, tangents and gradients alike. */
  private record PiecewiseLinear(double slope, Shares elements) implements ActivationKernel {

    @Override
    public void forward(INDArray input, INDArray output) {
      scale(input, input, output);
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      scale(input, outputGradient, inputGradient);
    }

    private void scale(INDArray input, INDArray from, INDArray to) {
      HostElements x = HostElements.of(input);
      HostElements source = HostElements.of(from);
      HostElements target = HostElements.of(to);
      elements.forEach(
          (first, count) -> {
            double[] values = elements.read(x, first, count);
            for (long half = 0; half <= elements.rows(); half += elements.rows()) {
              double[] block = elements.read(source, half + first, count);
              for (int i = 0; i < count; i++) {
                block[i] *= values[i] > 0 ? 1 : slope;
              }
              elements.write(target, half + first, block);
            }
          });
      Reference.reachabilityFence(new INDArray[] {input, from, to});
    }
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    throw new UnsupportedOperationException(
        "Unsupported layer: the scalars of Fixup have no tangents (Fixup is a start of its own, and no tuned one)");
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return switch (shape.reduction()) {
      case AVERAGE -> base().pooling(shape);
      case MAX -> new TangentMaximum(shape);
    };
  }

  @Override
  public ClassifierKernel classifier() {
    return new TangentClassifier(direction);
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    throw new UnsupportedOperationException("Unsupported: inference with tangents");
  }
}
