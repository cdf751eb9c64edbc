package org.isonorm.spark.run;

import java.nio.FloatBuffer;

/**
 * Parameters and velocity in two bytes a value; the running statistics of batch normalization in
 * float32, because they are few and span more magnitudes than the rest, and AdamW's second moments,
 * because they are squares. Created on the driver and on executors; crosses the wire both ways.
 *
 * @param format of the values
 * @param parameters the flat parameters, packed
 * @param velocity the flat velocity, packed
 * @param secondMoments in float32; null where the optimizer keeps none
 * @param layout where the running statistics lie among the parameters
 * @param statistics the running statistics: a layer's means, its variances, then the next layer's
 */
public record HalfState(
    HalfFloats format,
    byte[] parameters,
    byte[] velocity,
    byte[] secondMoments,
    RunningStatistics layout,
    byte[] statistics)
    implements WireState {
  private static final long serialVersionUID = 1L;

  /**
   * Packed values, with running statistics as they are.
   *
   * @param exact a state that holds the running statistics and second moments
   */
  public static HalfState of(
      HalfFloats format,
      byte[] parameters,
      byte[] velocity,
      ModelState exact,
      RunningStatistics layout) {
    FloatBuffer values = FloatBytes.view(exact.parameters());
    byte[] statistics = new byte[2 * layout.channels() * Float.BYTES];
    FloatBuffer kept = FloatBytes.view(statistics);
    for (RunningStatistics.Segment segment : layout.segments()) {
      kept.put(values.slice(segment.mean(), segment.channels()));
      kept.put(values.slice(segment.variance(), segment.channels()));
    }
    return new HalfState(format, parameters, velocity, exact.secondMoments(), layout, statistics);
  }

  @Override
  public ModelState open() {
    byte[] opened = format.unpack(parameters);
    FloatBuffer values = FloatBytes.view(opened);
    FloatBuffer kept = FloatBytes.view(statistics);
    for (RunningStatistics.Segment segment : layout.segments()) {
      take(kept, values.slice(segment.mean(), segment.channels()));
      take(kept, values.slice(segment.variance(), segment.channels()));
    }
    return new ModelState(opened, format.unpack(velocity), secondMoments, null);
  }

  private static void take(FloatBuffer from, FloatBuffer to) {
    to.put(from.slice(from.position(), to.limit()));
    from.position(from.position() + to.limit());
  }

  @Override
  public long bytes() {
    return (long) parameters.length
        + velocity.length
        + (secondMoments == null ? 0 : secondMoments.length)
        + statistics.length;
  }
}
