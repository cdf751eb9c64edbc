package org.isonorm.spark.averaging;

import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.network.step.Inference;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network's logits as evaluation and prediction use them: their mean over views of the images.
 */
public final class AugmentedLogits {
  private AugmentedLogits() {}

  /**
   * The weighted mean of the logits over an augmentation's views, [N, classes].
   *
   * @param images [N, height, width, channels]
   */
  public static INDArray of(
      TestTimeAugmentation augmentation, Inference inference, INDArray images) {
    return of(augmentation, inference, images, inference.logits(images));
  }

  /**
   * The same where the logits of the images as they are, the first view, are known.
   *
   * @param plain these logits; they become the mean, in place
   */
  static INDArray of(
      TestTimeAugmentation augmentation, Inference inference, INDArray images, INDArray plain) {
    if (augmentation == TestTimeAugmentation.NONE) {
      return plain;
    }
    ImageShape shape =
        new ImageShape((int) images.size(1), (int) images.size(2), (int) images.size(3));
    float[] values = values(images);
    INDArray mean = plain.muli(augmentation.weight(0));
    for (int view = 1; view < augmentation.views(); view++) {
      float[] seen = augmentation.view(view, values, shape);
      try (INDArray input = Nd4j.create(seen, images.shape(), 'c');
          INDArray logits = inference.logits(input)) {
        mean.addi(logits.muli(augmentation.weight(view)));
      }
    }
    return mean;
  }

  private static float[] values(INDArray images) {
    try (INDArray inOrder = images.dup('c')) {
      return inOrder.data().asFloat();
    }
  }
}
