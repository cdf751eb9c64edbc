package org.isonorm.spark.averaging;

import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.List;
import org.isonorm.init.SeedStream;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.HalfFloats;
import org.isonorm.spark.run.HalfState;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.RunningStatistics;
import org.isonorm.spark.run.WireState;

/**
 * How states go from the driver to the workers and back.
 *
 * <p>As float32 they go as they are. In half precision, the driver keeps the state in float32 and
 * sends it rounded; a worker starts from what it got and returns its change, rounded; the driver
 * adds the average change to its own state. What rounding cut off the state is thereby part of the
 * next one sent: error feedback (Seide et al. 2014; Karimireddy et al. 2019) whose memory is the
 * driver's state, which checkpoints hold. Workers keep no error, since it would be lost with its
 * executor and the result would depend on which one ran a task; instead they round up or down at
 * random, in proportion, so that their changes are right in the mean (Alistarh et al. 2017), by a
 * stream of (seed, round, worker): a repeated task returns the same bits.
 *
 * <p>Created on the driver; broadcast to executors.
 *
 * @param transport the format
 * @param statistics where the running statistics lie among the parameters
 * @param seed of the workers' rounding
 */
public record Exchange(Transport transport, RunningStatistics statistics, SeedStream seed)
    implements Serializable {
  /** As float32. */
  public static final Exchange FLOAT32 =
      new Exchange(Transport.FLOAT32, new RunningStatistics(List.of()), SeedStream.of(0));

  /** What the workers are to start from. */
  WireState toWorkers(ModelState state) {
    HalfFloats format = format();
    return format == null
        ? state.withAverage(null)
        : HalfState.of(
            format,
            format.packNearest(state.parameters()),
            format.packNearest(state.velocity()),
            state,
            statistics);
  }

  /** What a worker made of the state it started from. */
  WireState toDriver(ModelState start, ModelState end, long round, int worker) {
    HalfFloats format = format();
    SeedStream rounding = seed.named("transport").at(round, worker);
    return format == null
        ? end
        : HalfState.of(
            format,
            format.packAtRandom(
                difference(end.parameters(), start.parameters()),
                rounding.named("parameters").seed()),
            format.packAtRandom(
                difference(end.velocity(), start.velocity()), rounding.named("velocity").seed()),
            end,
            statistics);
  }

  /**
   * The state after a round.
   *
   * @param before the state that was to be sent
   * @param average of what the workers returned
   */
  ModelState after(ModelState before, ModelState average) {
    if (format() == null) {
      return average;
    }
    byte[] parameters = sum(before.parameters(), average.parameters());
    FloatBuffer from = FloatBytes.view(average.parameters());
    FloatBuffer to = FloatBytes.view(parameters);
    for (RunningStatistics.Segment segment : statistics.segments()) {
      to.put(segment.mean(), from, segment.mean(), segment.channels());
      to.put(segment.variance(), from, segment.variance(), segment.channels());
    }
    return new ModelState(
        parameters,
        sum(before.velocity(), average.velocity()),
        average.secondMoments(),
        /* average= */ null);
  }

  /** Null for float32. */
  private HalfFloats format() {
    return switch (transport) {
      case FLOAT32 -> null;
      case BF16 -> HalfFloats.BF16;
      case FP16 -> HalfFloats.FP16;
    };
  }

  private static byte[] difference(byte[] end, byte[] start) {
    return combined(end, start, -1);
  }

  private static byte[] sum(byte[] one, byte[] other) {
    return combined(one, other, 1);
  }

  private static byte[] combined(byte[] one, byte[] other, float sign) {
    byte[] bytes = new byte[one.length];
    FloatBuffer first = FloatBytes.view(one);
    FloatBuffer second = FloatBytes.view(other);
    FloatBuffer result = FloatBytes.view(bytes);
    for (int i = 0; i < result.limit(); i++) {
      result.put(i, first.get(i) + sign * second.get(i));
    }
    return bytes;
  }
}
