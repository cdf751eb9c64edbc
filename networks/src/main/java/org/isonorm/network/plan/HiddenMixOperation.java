package org.isonorm.network.plan;

import java.util.Locale;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Mixes the images of a batch behind a stage. Backward, an image's gradient is mixed with that of
 * the image it was mixed into.
 */
final class HiddenMixOperation implements Operation {
  private final Tensor input;
  private final Tensor output;
  private final Places gradients = new Places();
  private HiddenMix mix;

  HiddenMixOperation(Tensor input, Tensor output) {
    this.input = input;
    this.output = output;
  }

  /** Sets the mix of the batch to come. */
  void mix(HiddenMix ofBatch) {
    long images = output.value().shape()[0];
    if (ofBatch.partners().length != images) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid mix: %d partners for %d images",
              ofBatch.partners().length,
              images));
    }
    mix = ofBatch;
  }

  @Override
  public Tensor output() {
    return output;
  }

  @Override
  public void forward() {
    average(input.value().array(), mix.partners(), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    gradients.output(planner.gradientOf(output));
    gradients.input(planner.give(input));
  }

  @Override
  public void backward() {
    average(gradients.output(), mix.partnerOf(), gradients.input());
  }

  private void average(INDArray from, int[] others, INDArray to) {
    INDArray rows = Tensors.rows(from);
    INDArray target = Tensors.rows(to);
    target.assign(rows).muli(mix.lambda());
    try (INDArray partners = Nd4j.pullRows(rows, 1, others)) {
      target.addi(partners.muli(1 - mix.lambda()));
    }
  }
}
