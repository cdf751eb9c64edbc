package org.isonorm.spark.train;

import java.io.Serializable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.TrainingState;

/**
 * A point of a run, whole: training goes on from it, wherever it does.
 *
 * @param model parameters, velocity and moving average
 * @param training counters and what else there is to know
 */
record TrainingPoint(ModelState model, TrainingState training) implements Serializable {
  /** The point that a checkpoint holds. */
  static TrainingPoint of(Checkpoint checkpoint) {
    return new TrainingPoint(checkpoint.model(), checkpoint.state());
  }

  /**
   * The point as a checkpoint.
   *
   * @param graph takes the parameters that are evaluated, and the counters
   */
  Checkpoint checkpoint(ComputationGraph graph) {
    graph.getConfiguration().setIterationCount(Math.toIntExact(progress().step()));
    graph.getConfiguration().setEpochCount(progress().epoch());
    return Checkpoint.of(model, graph, training);
  }

  Progress progress() {
    return training.progress();
  }
}
