package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.LANES;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACES;
import static org.isonorm.network.kernel.vector.FusedLayout.SUMS_GROUP;
import static org.isonorm.network.kernel.vector.FusedLayout.SUMS_PLACE;

import jdk.incubator.vector.FloatVector;

/** Sums, over tiles, of the products of mapped inputs and mapped gradients. */
final class FusedSums {
  private FusedSums() {}

  /**
   * Adds the products of sixteen input channels and sixteen output channels, four by sixteen at a
   * time: eight sums hide how long an addition takes, and two gradients and an input fit beside
   * them.
   *
   * @param inputs groups of tiles, the first from {@code input} on
   * @param inputStep from a group's inputs to the next
   * @param gradients likewise
   * @param sums [36, 16, 16] from {@code sum} on
   */
  static void add(
      float[] inputs,
      int input,
      int inputStep,
      float[] gradients,
      int gradient,
      int gradientStep,
      int groups,
      float[] sums,
      int sum) {
    for (int place = 0; place < PLACES; place++) {
      for (int four = 0; four < CHUNK; four += 4) {
        int to = sum + (place * CHUNK + four) * CHUNK;
        FloatVector sum0a = FloatVector.fromArray(LANES, sums, to);
        FloatVector sum0b = FloatVector.fromArray(LANES, sums, to + LANE_FLOATS);
        FloatVector sum1a = FloatVector.fromArray(LANES, sums, to + CHUNK);
        FloatVector sum1b = FloatVector.fromArray(LANES, sums, to + CHUNK + LANE_FLOATS);
        FloatVector sum2a = FloatVector.fromArray(LANES, sums, to + 2 * CHUNK);
        FloatVector sum2b = FloatVector.fromArray(LANES, sums, to + 2 * CHUNK + LANE_FLOATS);
        FloatVector sum3a = FloatVector.fromArray(LANES, sums, to + 3 * CHUNK);
        FloatVector sum3b = FloatVector.fromArray(LANES, sums, to + 3 * CHUNK + LANE_FLOATS);
        for (int group = 0; group < groups; group++) {
          int firstInput = input + group * inputStep + SUMS_PLACE * place + four;
          int firstGradient = gradient + group * gradientStep + SUMS_PLACE * place;
          for (int tile = 0; tile < SUMS_GROUP; tile++) {
            int in = firstInput + CHUNK * tile;
            int by = firstGradient + CHUNK * tile;
            FloatVector gradientA = FloatVector.fromArray(LANES, gradients, by);
            FloatVector gradientB = FloatVector.fromArray(LANES, gradients, by + LANE_FLOATS);
            FloatVector value;
            value = FloatVector.broadcast(LANES, inputs[in]);
            sum0a = value.fma(gradientA, sum0a);
            sum0b = value.fma(gradientB, sum0b);
            value = FloatVector.broadcast(LANES, inputs[in + 1]);
            sum1a = value.fma(gradientA, sum1a);
            sum1b = value.fma(gradientB, sum1b);
            value = FloatVector.broadcast(LANES, inputs[in + 2]);
            sum2a = value.fma(gradientA, sum2a);
            sum2b = value.fma(gradientB, sum2b);
            value = FloatVector.broadcast(LANES, inputs[in + 3]);
            sum3a = value.fma(gradientA, sum3a);
            sum3b = value.fma(gradientB, sum3b);
          }
        }
        sum0a.intoArray(sums, to);
        sum0b.intoArray(sums, to + LANE_FLOATS);
        sum1a.intoArray(sums, to + CHUNK);
        sum1b.intoArray(sums, to + CHUNK + LANE_FLOATS);
        sum2a.intoArray(sums, to + 2 * CHUNK);
        sum2b.intoArray(sums, to + 2 * CHUNK + LANE_FLOATS);
        sum3a.intoArray(sums, to + 3 * CHUNK);
        sum3b.intoArray(sums, to + 3 * CHUNK + LANE_FLOATS);
      }
    }
  }

  /** Adds the tiles' elements of sixteen channels, whose first is at {@code element}. */
  static void addTiles(float[] gradients, int element, float[] sums, int sum) {
    for (int channel = 0; channel < CHUNK; channel += LANE_FLOATS) {
      FloatVector all = FloatVector.fromArray(LANES, sums, sum + channel);
      for (int tile = 0; tile < SUMS_GROUP; tile++) {
        all = all.add(FloatVector.fromArray(LANES, gradients, element + channel + CHUNK * tile));
      }
      all.intoArray(sums, sum + channel);
    }
  }
}
