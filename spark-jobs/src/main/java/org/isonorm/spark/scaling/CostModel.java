package org.isonorm.spark.scaling;

import static java.lang.Math.ceil;
import static java.lang.Math.max;

import java.util.Locale;
import org.isonorm.spark.config.AveragingConfig.Transport;

/**
 * What a round of parameter averaging costs on a cluster of executors with a replica each.
 *
 * <p>A round of k local steps takes k · max(compute, input) + sync, and sync is
 *
 * <ul>
 *   <li>round + worker · W: jobs and tasks,
 *   <li>broadcast: a pass on the driver, the state once over its network and, piece by piece from
 *       executor to executor, log2 W pieces more, a pass on the executors,
 *   <li>aggregation: a pass on the executors, then the driver takes W states, each at the slower of
 *       its network and its pass; of more workers than a group holds, an executor takes its group's
 *       first and the driver one state a group.
 * </ul>
 *
 * @param calibration what averaging costs beside the network
 * @param parameters of the network, running statistics included
 * @param valuesPerParameter that are exchanged: itself, its velocity and, by AdamW, its second
 *     moment
 * @param batch images of a worker's local step
 * @param imagesPerSecond a worker computes alone
 * @param inputImagesPerSecond a worker prepares beside computing; infinite where it never waits
 * @param bytesPerSecond of each machine's network, each way
 * @param group workers whose results are added up together (averaging.aggregation-group)
 * @param transport whose width crosses the wire; passes handle float32, whatever it is
 */
public record CostModel(
    Calibration calibration,
    long parameters,
    int valuesPerParameter,
    int batch,
    double imagesPerSecond,
    double inputImagesPerSecond,
    double bytesPerSecond,
    int group,
    Transport transport) {
  /** Of the values of a parameter: second moments stay float32. */
  private static final int HALVED_VALUES = 2;

  /** A broadcast's pieces: spark.broadcast.blockSize of session.SparkSessions. */
  private static final double PIECE_BYTES = 16 << 20;

  public CostModel {
    check(parameters >= 1, "parameters", parameters, ">= 1");
    check(valuesPerParameter >= 2, "values-per-parameter", valuesPerParameter, ">= 2");
    check(batch >= 1, "batch", batch, ">= 1");
    check(imagesPerSecond > 0, "images-per-second", imagesPerSecond, "> 0");
    check(inputImagesPerSecond > 0, "input-images-per-second", inputImagesPerSecond, "> 0");
    check(bytesPerSecond > 0, "bandwidth", bytesPerSecond, "> 0");
    check(group >= 2, "averaging.aggregation-group", group, ">= 2");
  }

  private static void check(boolean valid, String what, Number value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be %s)", what, value, range));
    }
  }

  /**
   * What is expected of a number of workers.
   *
   * @param workers executors
   * @param globalBatch images of a step of all workers
   * @param frequency local steps a round
   * @param computeSeconds of a round
   * @param inputSeconds that a round waits for batches
   * @param broadcastSeconds of a round
   * @param aggregationSeconds of a round
   * @param overheadSeconds of a round: jobs and tasks
   * @param imagesPerSecond of all workers
   * @param efficiency over as many workers that need not exchange anything
   * @param epochSeconds of the examples given
   * @param frequencyForTarget local steps a round that reach the target efficiency; 0 where not
   *     even one round an epoch does
   */
  public record Prediction(
      int workers,
      long globalBatch,
      int frequency,
      double computeSeconds,
      double inputSeconds,
      double broadcastSeconds,
      double aggregationSeconds,
      double overheadSeconds,
      double imagesPerSecond,
      double efficiency,
      double epochSeconds,
      long frequencyForTarget) {
    /** What a round costs beside computing and waiting for input. */
    public double syncSeconds() {
      return broadcastSeconds + aggregationSeconds + overheadSeconds;
    }
  }

  /**
   * Predicts training with a number of workers.
   *
   * @param frequency local steps a round; an epoch's last round may have fewer
   * @param examples of an epoch
   * @param target efficiency wanted, between 0 and 1
   */
  public Prediction predict(int workers, int frequency, long examples, double target) {
    check(workers >= 1, "workers", workers, ">= 1");
    check(frequency >= 1, "frequency", frequency, ">= 1");
    check(examples >= workers, "examples", examples, ">= workers");
    check(target > 0 && target < 1, "target", target, "between 0 and 1");
    double compute = batch / imagesPerSecond;
    double step = max(compute, batch / inputImagesPerSecond);
    double broadcast = broadcastSeconds(workers);
    double aggregation = aggregationSeconds(workers);
    double overhead =
        calibration.roundSeconds() + calibration.workerSeconds() * workers * jobs(workers);
    double sync = broadcast + aggregation + overhead;

    // Shards are cut into batches, the last of which may be smaller.
    double imagesOfWorker = (double) examples / workers;
    long steps = (long) ceil(imagesOfWorker / batch);
    int taken = (int) Math.min(frequency, steps);
    long rounds = (steps + taken - 1) / taken;
    double epoch = imagesOfWorker / batch * step + rounds * sync;
    double alone = imagesOfWorker / imagesPerSecond;
    return new Prediction(
        workers,
        (long) workers * batch,
        taken,
        taken * compute,
        taken * (step - compute),
        broadcast,
        aggregation,
        overhead,
        examples / epoch,
        alone / epoch,
        epoch,
        frequencyFor(target, alone, imagesOfWorker / batch * step, sync, steps));
  }

  /** The fewest steps a round whose epoch is short enough. */
  private static long frequencyFor(
      double target, double alone, double computing, double sync, long steps) {
    // alone / (computing + rounds · sync) >= target
    double rounds = Math.floor((alone / target - computing) / sync);
    return rounds < 1 ? 0 : (long) ceil(steps / Math.min(rounds, steps));
  }

  private int jobs(int workers) {
    return workers <= group ? 1 : 2;
  }

  /** Of the state where it is added up. */
  private double bytes() {
    return (double) parameters * valuesPerParameter * Float.BYTES;
  }

  /** Of the state on the wire. */
  private double wireBytes() {
    int width = transport == Transport.FLOAT32 ? Float.BYTES : Short.BYTES;
    int exact = valuesPerParameter - HALVED_VALUES;
    return (double) parameters * (HALVED_VALUES * width + exact * Float.BYTES);
  }

  private double broadcastSeconds(int workers) {
    double hops = ceil(Math.log(workers) / Math.log(2));
    return bytes() * 2 * calibration.secondsPerByte()
        + (wireBytes() + hops * Math.min(wireBytes(), PIECE_BYTES)) / bytesPerSecond;
  }

  private double aggregationSeconds(int workers) {
    double taking = max(wireBytes() / bytesPerSecond, bytes() * calibration.secondsPerByte());
    double sending = bytes() * calibration.secondsPerByte();
    if (workers <= group) {
      return sending + workers * taking;
    }
    double groups = ceil((double) workers / group);
    return 2 * sending + (group + groups) * taking;
  }
}
