package org.isonorm.spark.averaging;

/**
 * Training met a loss that is not a number or above its bound; the message says at which step, rate
 * and worker.
 */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int epoch;
  private final long step;

  public TrainingDivergedException(Divergence divergence) {
    this(divergence.message(), divergence.epoch(), divergence.step());
  }

  /**
   * At a step of an epoch.
   *
   * @param epoch from 1
   * @param step of that epoch, from 1; 0 where it is not known
   */
  public TrainingDivergedException(String message, int epoch, long step) {
    super(message);
    this.epoch = epoch;
    this.step = step;
  }

  /** The epoch, from 1. */
  public int epoch() {
    return epoch;
  }

  /** The step of the epoch, from 1; 0 where it is not known. */
  public long step() {
    return step;
  }
}
