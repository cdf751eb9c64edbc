package org.isonorm.spark.averaging;

import java.io.Serializable;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.OptimizerSettings;

/**
 * What an executor needs to build its replicas of the network. Created on the driver; broadcast to
 * executors once a run.
 *
 * @param run the run's unique identifier: replicas of different runs never mix
 * @param graph the network's configuration, as DL4J's JSON
 * @param threads threads the kernels use in each replica
 * @param lossBound mean loss of a batch above which training has diverged, > 0
 * @param precision of activations
 * @param optimizer the optimizer's constants; every step brings its own learning rate
 * @param slowWeights what the replica averages of the parameters over its steps
 * @param exchange how states cross the wire
 */
public record ReplicaSettings(
    String run,
    String graph,
    int threads,
    double lossBound,
    Precision precision,
    OptimizerSettings optimizer,
    SlowWeights slowWeights,
    Exchange exchange)
    implements Serializable {}
