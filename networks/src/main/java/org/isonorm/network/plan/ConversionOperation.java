package org.isonorm.network.plan;

/** The change of the images to the precision of the layers. Nobody reads their gradient. */
record ConversionOperation(Tensor input, Tensor output) implements Operation {

  @Override
  public void forward() {
    output.value().array().assign(input.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    // The images are not trained.
  }

  @Override
  public void backward() {
    // The images are not trained.
  }
}
