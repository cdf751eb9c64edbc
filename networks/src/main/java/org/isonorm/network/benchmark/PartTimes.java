package org.isonorm.network.benchmark;

import java.util.EnumMap;
import java.util.Map;

/** Time summed by part of a step. For one thread at a time. */
public final class PartTimes {
  private static final double NANOSECONDS = 1e9;

  private final long[] nanoseconds = new long[StepPart.values().length];

  /** Adds the time from {@code start}, a value of {@link System#nanoTime}, until now. */
  public void addSince(long start, StepPart part) {
    nanoseconds[part.ordinal()] += System.nanoTime() - start;
  }

  /** The seconds of every part since the last call, which starts anew at 0. */
  public Map<StepPart, Double> take() {
    Map<StepPart, Double> seconds = new EnumMap<>(StepPart.class);
    for (StepPart part : StepPart.values()) {
      seconds.put(part, nanoseconds[part.ordinal()] / NANOSECONDS);
      nanoseconds[part.ordinal()] = 0;
    }
    return seconds;
  }
}
