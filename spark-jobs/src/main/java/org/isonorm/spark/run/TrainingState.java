package org.isonorm.spark.run;

import java.io.Serializable;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.schedule.Plateau;

/**
 * What a checkpoint holds beside parameters and velocity.
 *
 * @param network the network trained
 * @param dataset the data set trained on
 * @param seed the run's seed
 * @param progress how far training has come
 * @param totals what the current epoch's rounds add up to so far
 * @param examplesSeen examples trained on in the whole run
 * @param bestEpoch the epoch of the best checkpoint, from 1; 0 before the first evaluation
 * @param bestAccuracy its accuracy on the validation split
 * @param lastAccuracy the last evaluated epoch's accuracy on the validation split
 * @param plateau what schedule plateau knows of the validation accuracies
 * @param wallClockSeconds since the run's start, resumed parts added up
 */
public record TrainingState(
    NetworkDefinition network,
    String dataset,
    long seed,
    Progress progress,
    EpochTotals totals,
    long examplesSeen,
    int bestEpoch,
    double bestAccuracy,
    double lastAccuracy,
    Plateau.State plateau,
    double wallClockSeconds)
    implements Serializable {
  public TrainingState {
    // Checkpoints of before there was such a schedule have none.
    plateau = plateau == null ? Plateau.State.START : plateau;
  }

  /** The state before the first step. */
  public static TrainingState start(NetworkDefinition network, String dataset, long seed) {
    return new TrainingState(
        network,
        dataset,
        seed,
        Progress.START,
        EpochTotals.NONE,
        0,
        0,
        0,
        0,
        Plateau.State.START,
        0);
  }

  public TrainingState afterRound(RoundSummary round, Progress now, double wallClock) {
    return new TrainingState(
        network,
        dataset,
        seed,
        now,
        totals.plus(round),
        examplesSeen + round.examples(),
        bestEpoch,
        bestAccuracy,
        lastAccuracy,
        plateau,
        wallClock);
  }

  /** The same with another state of schedule plateau. */
  public TrainingState withPlateau(Plateau.State other) {
    return new TrainingState(
        network,
        dataset,
        seed,
        progress,
        totals,
        examplesSeen,
        bestEpoch,
        bestAccuracy,
        lastAccuracy,
        other,
        wallClockSeconds);
  }

  /** After an epoch's end; with its validation, if it was evaluated. */
  public TrainingState afterEpoch(Progress now, Evaluation validation, double wallClock) {
    boolean best =
        validation != null && (bestEpoch == 0 || validation.top1Accuracy() > bestAccuracy);
    return new TrainingState(
        network,
        dataset,
        seed,
        now,
        EpochTotals.NONE,
        examplesSeen,
        best ? now.epoch() : bestEpoch,
        best ? validation.top1Accuracy() : bestAccuracy,
        validation == null ? lastAccuracy : validation.top1Accuracy(),
        plateau,
        wallClock);
  }
}
