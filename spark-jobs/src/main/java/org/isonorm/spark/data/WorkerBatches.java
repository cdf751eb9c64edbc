package org.isonorm.spark.data;

import java.io.Serializable;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.network.plan.HiddenMix;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One worker's share of the training examples, cut into minibatches on its executor.
 *
 * <p>A batch is a function of (epoch, step) alone, so that a repeated task sees the same examples,
 * augmented the same way. Every example is in exactly one batch of an epoch.
 */
public interface WorkerBatches extends Serializable {
  /** The worker's number, from 0. */
  int worker();

  /** The number of examples in an epoch. */
  public int examples();

  /** The number of minibatches in an epoch; the last may be smaller than the others. */
  int steps();

  /** The number of examples in the minibatch of a step. */
  int examplesIn(int step);

  /** The minibatch of a step; the caller closes it. */
  Batch batch(int epoch, int step);

  /**
   * A minibatch.
   *
   * @param features images, in the network's layout
   * @param labels class probabilities [examples, classes]
   * @param mix how its hidden states are mixed on the way; null for not at all
   * @param dropout whence its dropout is drawn
   * @param owned whether closing the batch frees its arrays
   */
  record Batch(
      INDArray features, INDArray labels, HiddenMix mix, DropoutSeeds dropout, boolean owned)
      implements AutoCloseable {
    public int examples() {
      return Math.toIntExact(features.size(0));
    }

    @Override
    public void close() {
      if (owned) {
        features.close();
        labels.close();
      }
    }
  }
}
