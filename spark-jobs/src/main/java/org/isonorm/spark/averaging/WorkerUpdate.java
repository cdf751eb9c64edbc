package org.isonorm.spark.averaging;

import java.io.Serializable;
import org.isonorm.spark.run.WireState;

/**
 * What a worker hands back after a round's local steps. Created on executors; serialized to the
 * driver or to the executor that adds up its group.
 *
 * @param worker the worker's number
 * @param examples the examples it trained on, its weight in the average; 0 where its shard was
 *     exhausted before the round
 * @param state its parameters and velocity, as the run's {@link Exchange} returns them
 * @param lossSum the sum of the examples' cross-entropies before each update
 * @param correct the examples classified right before each update
 * @param computeSeconds time in forward, backward and update
 * @param inputSeconds time waiting for a batch
 * @param failure where it diverged, or null
 */
public record WorkerUpdate(
    int worker,
    int examples,
    WireState state,
    double lossSum,
    long correct,
    double computeSeconds,
    double inputSeconds,
    Divergence failure)
    implements Serializable {}
