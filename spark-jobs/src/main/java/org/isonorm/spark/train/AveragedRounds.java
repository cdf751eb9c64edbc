package org.isonorm.spark.train;

import org.apache.spark.api.java.JavaRDD;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.averaging.ParameterAveragingMaster.Averaged;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;

/**
 * Rounds of parameter averaging on a cluster.
 *
 * @param network whose {@code fit} the master carries out
 * @param shards one shard reference a worker
 */
record AveragedRounds(
    int frequency,
    SparkComputationGraph network,
    ParameterAveragingMaster master,
    JavaRDD<String> shards)
    implements Rounds {
  @Override
  public Result train(ModelState from, Progress progress, Round round) {
    Averaged averaged = master.train(network, shards, from, round);
    return new Result(averaged.model(), progress.afterRound(round.steps()), averaged.summary());
  }
}
