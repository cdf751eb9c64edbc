package org.isonorm.network.plan;

import java.util.Locale;
import java.util.random.RandomGenerator;
import org.isonorm.init.SeedStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Multiplies an example's values, and backward their gradients, by 0 or by one over the probability
 * of keeping them.
 */
final class DropoutOperation implements Operation {
  private final Tensor input;
  private final Tensor output;
  private final String layer;
  private final double retained;
  private final Places gradients = new Places();
  private final float[] factors;
  private INDArray mask;

  /**
   * A dropout layer.
   *
   * @param layer its name, which names its streams
   * @param retained probability of keeping a value
   */
  DropoutOperation(Tensor input, Tensor output, String layer, double retained) {
    this.input = input;
    this.output = output;
    this.layer = layer;
    this.retained = retained;
    this.factors = new float[Math.toIntExact(output.value().slot().length())];
  }

  /** Draws for the batch to come. */
  void draw(DropoutSeeds seeds) {
    long[] shape = output.value().shape();
    if (seeds.ofExamples().length != shape[0]) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid dropout seeds: %d for %d images",
              seeds.ofExamples().length,
              shape[0]));
    }
    fill(factors, seeds, layer, retained);
    if (mask == null) {
      mask = Nd4j.createUninitialized(output.value().slot().type(), shape, 'c');
    }
    try (INDArray drawn = Nd4j.createFromArray(factors)) {
      mask.assign(drawn.reshape('c', shape));
    }
  }

  /**
   * Draws the factor of every value.
   *
   * @param factors of all examples, one after the other
   */
  static void fill(float[] factors, DropoutSeeds seeds, String layer, double retained) {
    int each = factors.length / seeds.ofExamples().length;
    float kept = (float) (1 / retained);
    // Of 2^32 values of an int, so many from the least one on are dropped.
    long dropped = Math.round((1 - retained) * 0x1p32);
    for (int example = 0; example < seeds.ofExamples().length; example++) {
      RandomGenerator random =
          new SeedStream(seeds.ofExamples()[example]).named("dropout", layer).generator();
      for (int i = example * each; i < (example + 1) * each; i++) {
        factors[i] = (long) random.nextInt() - Integer.MIN_VALUE < dropped ? 0 : kept;
      }
    }
  }

  @Override
  public Tensor output() {
    return output;
  }

  @Override
  public void forward() {
    input.value().array().muli(mask, output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    gradients.output(planner.gradientOf(output));
    gradients.input(planner.giveInPlace(output, input));
  }

  @Override
  public void backward() {
    gradients.output().muli(mask, gradients.input());
  }
}
