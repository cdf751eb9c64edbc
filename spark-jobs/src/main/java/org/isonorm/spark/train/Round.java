package org.isonorm.spark.train;

import java.io.Serializable;

/**
 * The local steps every worker takes between two averages. Created on the driver; serialized to
 * executors.
 *
 * @param number the round's number in the run, from 0
 * @param epoch the epoch it belongs to, from 0; a round never spans two
 * @param firstStep its first local step within the epoch, from 0
 * @param learningRates the learning rate of each of its local steps
 */
public record Round(long number, int epoch, int firstStep, double[] learningRates)
    implements Serializable {
  /** The number of local steps. */
  public int steps() {
    return learningRates.length;
  }
}
