package org.isonorm.network.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A 3×3 convolution of random arrays: activations in one type, weights in float32. */
public final class ConvolutionTrial {
  private static final int SHAPES = 40;

  public final INDArray input;
  public final INDArray weights;

  /** Null where there is none. */
  public final INDArray bias;

  public final Guarded output;
  public final Guarded weightsGradient;

  /** Null where there is none. */
  public final Guarded biasGradient;

  private final ConvolutionShape shape;
  private final INDArray outputGradient;
  private final Guarded inputGradient;

  private ConvolutionTrial(ConvolutionShape shape, DataType type, boolean rounded) {
    this.shape = shape;
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    long[] inputShape = {shape.batch(), shape.inHeight(), shape.inWidth(), shape.in()};
    long[] outputShape = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()};
    long[] weightsShape = {shape.out(), shape.in(), 3, 3};
    input = normal(random, rounded, type, inputShape);
    weights = normal(random, rounded, DataType.FLOAT, weightsShape);
    outputGradient = normal(random, rounded, type, outputShape);
    bias = shape.bias() ? normal(random, rounded, DataType.FLOAT, shape.out()) : null;
    output = Guarded.unset(type, outputShape);
    inputGradient = Guarded.unset(type, inputShape);
    weightsGradient = Guarded.unset(weightsShape);
    biasGradient = shape.bias() ? Guarded.unset(shape.out()) : null;
  }

  /** Standard normal numbers, the same for the same shape. */
  public static ConvolutionTrial of(ConvolutionShape shape) {
    return new ConvolutionTrial(shape, DataType.FLOAT, false);
  }

  /** The same, rounded to what bfloat16 has in either type. */
  public static ConvolutionTrial rounded(ConvolutionShape shape, DataType type) {
    return new ConvolutionTrial(shape, type, true);
  }

  private static INDArray normal(
      RandomGenerator random, boolean rounded, DataType type, long... shape) {
    INDArray array = Guarded.normal(random, type, shape).array();
    return rounded ? array.assign(array.castTo(DataType.BFLOAT16).castTo(type)) : array;
  }

  public ConvolutionTrial run(ConvolutionKernel kernel) {
    kernel.forward(input, weights, bias, output.array());
    kernel.backward(
        input,
        weights,
        outputGradient,
        inputGradient.array(),
        weightsGradient.array(),
        shape.bias() ? biasGradient.array() : null);
    return this;
  }

  public List<Guarded> results() {
    return shape.bias()
        ? List.of(output, inputGradient, weightsGradient, biasGradient)
        : List.of(output, inputGradient, weightsGradient);
  }

  /** Shapes of 3×3 convolutions at stride 1 whose images, padding and channels are awkward. */
  public static List<ConvolutionShape> shapes(int... channels) {
    RandomGenerator random = new SplittableRandom(42);
    int[] sizes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13};
    List<ConvolutionShape> shapes = new ArrayList<>();
    while (shapes.size() < SHAPES) {
      int height = sizes[random.nextInt(sizes.length)];
      int width = sizes[random.nextInt(sizes.length)];
      int down = random.nextInt(3);
      int across = random.nextInt(3);
      if (height + 2 * down < 3 || width + 2 * across < 3) {
        continue;
      }
      shapes.add(
          new ConvolutionShape(
              1 + random.nextInt(7),
              channels[random.nextInt(channels.length)],
              height,
              width,
              channels[random.nextInt(channels.length)],
              3,
              3,
              1,
              1,
              down,
              across,
              1,
              1,
              1,
              random.nextBoolean()));
    }
    // Several blocks for each thread, the last one shorter.
    shapes.add(ConvolutionShape.of(7, 31, 34, channels[0], channels[1], 3, 1, 1, true));
    return shapes;
  }
}
