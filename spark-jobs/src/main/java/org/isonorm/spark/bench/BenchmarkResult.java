package org.isonorm.spark.bench;

import java.util.List;
import java.util.Map;

/**
 * What a benchmark found. Where it says median, an even number of rounds gives the slower of the
 * two in the middle.
 *
 * @param task training or inference
 * @param network name of the network
 * @param width channels of its first stage
 * @param classes outputs of its classifier
 * @param imageHeight rows of an image
 * @param imageWidth columns of an image
 * @param batch images of one step of one worker
 * @param workers replicas side by side in this process
 * @param threads threads of each worker's kernels
 * @param cores processors this process may use
 * @param kernel name of the kernels
 * @param precision of activations
 * @param warmUpSteps steps before the first round
 * @param rounds rounds timed
 * @param stepsPerRound steps of a round
 * @param imagesPerSecond of all workers together, in the median round
 * @param secondsPerStep of the median round
 * @param fastestSecondsPerStep of the fastest round
 * @param slowestSecondsPerStep of the slowest round
 * @param breakdownSecondsPerStep the parts of a step of the median round, which sum to it; of
 *     several workers, the means
 * @param primitivesSecondsPerStep the sum of the primitives among them: convolutions, batch
 *     normalization, add and ReLU, pooling
 * @param stepToPrimitives the step's time over that sum
 * @param peers the peers timed
 * @param missingPeers the peers that were asked for and not timed
 * @param notes what is to be known of the peers, in sentences
 */
public record BenchmarkResult(
    String task,
    String network,
    int width,
    int classes,
    int imageHeight,
    int imageWidth,
    int batch,
    int workers,
    int threads,
    int cores,
    String kernel,
    String precision,
    int warmUpSteps,
    int rounds,
    int stepsPerRound,
    double imagesPerSecond,
    double secondsPerStep,
    double fastestSecondsPerStep,
    double slowestSecondsPerStep,
    Map<String, Double> breakdownSecondsPerStep,
    double primitivesSecondsPerStep,
    double stepToPrimitives,
    List<Peer> peers,
    List<MissingPeer> missingPeers,
    List<String> notes) {

  /**
   * Another engine on the same task in the same run.
   *
   * @param name the engine and its version
   * @param precision of its activations
   * @param stepsPerRound steps of a round, so many that its rounds take about as long as Isonorm's
   * @param imagesPerSecond of all workers together, in the median round
   * @param secondsPerStep of the median round
   * @param speedup Isonorm's images per second over the peer's
   */
  public record Peer(
      String name,
      String precision,
      int stepsPerRound,
      double imagesPerSecond,
      double secondsPerStep,
      double speedup) {}

  /**
   * Another engine that is not here, or failed.
   *
   * @param name the engine, and its version if it has one
   * @param precision of its activations
   * @param reason why, in words
   */
  public record MissingPeer(String name, String precision, String reason) {}
}
