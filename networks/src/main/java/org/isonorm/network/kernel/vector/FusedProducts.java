package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.LANES;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACES;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACE_OF_ONES;
import static org.isonorm.network.kernel.vector.FusedLayout.PRODUCTS_PLACE;

import jdk.incubator.vector.FloatVector;

/** The products of mapped tiles and mapped weights, six tiles by sixteen channels at a time. */
final class FusedProducts {
  private static final int GROUP_FLOATS = PLACES * PRODUCTS_PLACE;

  private FusedProducts() {}

  /**
   * Multiplies for sixteen output channels. Twelve sums, two weights and an input fill the
   * registers of AVX2: more channels a turn of the inner loop would not fit.
   *
   * @param inputs groups of tiles as {@link FusedLayout} has them, {@code groups} × {@code chunks}
   * @param weights of the output channels, [36, 16 · chunks, 16], from {@code weight} on
   * @param outputs the first group's are from {@code output} on
   * @param outputStep from a group's outputs to the next
   * @param bias of the output channels from {@code offset} on, and sixteen zeros from {@code zero}
   */
  static void multiply(
      float[] inputs,
      int groups,
      int chunks,
      float[] weights,
      int weight,
      float[] outputs,
      int output,
      int outputStep,
      float[] bias,
      int offset,
      int zero) {
    for (int place = 0; place < PLACES; place++) {
      int start = place == PLACE_OF_ONES ? offset : zero;
      for (int group = 0; group < groups; group++) {
        FloatVector startA = FloatVector.fromArray(LANES, bias, start);
        FloatVector startB = FloatVector.fromArray(LANES, bias, start + LANE_FLOATS);
        FloatVector sum0a = startA;
        FloatVector sum0b = startB;
        FloatVector sum1a = startA;
        FloatVector sum1b = startB;
        FloatVector sum2a = startA;
        FloatVector sum2b = startB;
        FloatVector sum3a = startA;
        FloatVector sum3b = startB;
        FloatVector sum4a = startA;
        FloatVector sum4b = startB;
        FloatVector sum5a = startA;
        FloatVector sum5b = startB;
        for (int chunk = 0; chunk < chunks; chunk++) {
          int first = PRODUCTS_PLACE * place + GROUP_FLOATS * (group * chunks + chunk);
          int firstWeight = weight + CHUNK * CHUNK * (place * chunks + chunk);
          for (int channel = 0; channel < CHUNK; channel++) {
            int in = first + channel;
            int by = firstWeight + CHUNK * channel;
            FloatVector weightA = FloatVector.fromArray(LANES, weights, by);
            FloatVector weightB = FloatVector.fromArray(LANES, weights, by + LANE_FLOATS);
            FloatVector value;
            value = FloatVector.broadcast(LANES, inputs[in]);
            sum0a = value.fma(weightA, sum0a);
            sum0b = value.fma(weightB, sum0b);
            value = FloatVector.broadcast(LANES, inputs[in + CHUNK]);
            sum1a = value.fma(weightA, sum1a);
            sum1b = value.fma(weightB, sum1b);
            value = FloatVector.broadcast(LANES, inputs[in + 2 * CHUNK]);
            sum2a = value.fma(weightA, sum2a);
            sum2b = value.fma(weightB, sum2b);
            value = FloatVector.broadcast(LANES, inputs[in + 3 * CHUNK]);
            sum3a = value.fma(weightA, sum3a);
            sum3b = value.fma(weightB, sum3b);
            value = FloatVector.broadcast(LANES, inputs[in + 4 * CHUNK]);
            sum4a = value.fma(weightA, sum4a);
            sum4b = value.fma(weightB, sum4b);
            value = FloatVector.broadcast(LANES, inputs[in + 5 * CHUNK]);
            sum5a = value.fma(weightA, sum5a);
            sum5b = value.fma(weightB, sum5b);
          }
        }
        int to = output + PRODUCTS_PLACE * place + outputStep * group;
        sum0a.intoArray(outputs, to);
        sum0b.intoArray(outputs, to + LANE_FLOATS);
        sum1a.intoArray(outputs, to + CHUNK);
        sum1b.intoArray(outputs, to + CHUNK + LANE_FLOATS);
        sum2a.intoArray(outputs, to + 2 * CHUNK);
        sum2b.intoArray(outputs, to + 2 * CHUNK + LANE_FLOATS);
        sum3a.intoArray(outputs, to + 3 * CHUNK);
        sum3b.intoArray(outputs, to + 3 * CHUNK + LANE_FLOATS);
        sum4a.intoArray(outputs, to + 4 * CHUNK);
        sum4b.intoArray(outputs, to + 4 * CHUNK + LANE_FLOATS);
        sum5a.intoArray(outputs, to + 5 * CHUNK);
        sum5b.intoArray(outputs, to + 5 * CHUNK + LANE_FLOATS);
      }
    }
  }
}
