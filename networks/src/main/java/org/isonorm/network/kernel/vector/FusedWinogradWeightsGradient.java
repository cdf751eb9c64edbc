package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.LANES;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACES;
import static org.isonorm.network.kernel.vector.FusedLayout.PLACE_OF_ONES;
import static org.isonorm.network.kernel.vector.FusedLayout.SUMS_PLACE;

import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.onednn.SharedWork;

/**
 * The gradients of a convolution's weights and bias by Winograd's F(3×3, 4×4) in Java's vector
 * instructions alone. Each thread sums up the products of its own tiles, and then maps some of all
 * threads' sums, added in one order.
 */
final class FusedWinogradWeightsGradient implements WeightsGradientPass {
  /** Tiles that a thread maps before it multiplies them. */
  private static final int TILES = 32;

  private static final int TAPS = 9;

  /** Of a chunk of input channels and one of output channels. */
  private static final int SUMS = PLACES * CHUNK * CHUNK;

  private final Correlation geometry;
  private final int threads;
  private final FusedTiles tiles;
  private final int inChunks;
  private final int outChunks;

  FusedWinogradWeightsGradient(Correlation geometry, int threads) {
    this.geometry = geometry;
    this.threads = threads;
    tiles = new FusedTiles(geometry, FusedLayout.OF_SUMS, TILES, threads);
    inChunks = FusedLayout.chunks(geometry.in());
    outChunks = FusedLayout.chunks(geometry.out());
  }

  @Override
  public void run(long input, long outputGradient, long weightsGradient, long biasGradient) {
    FloatBuffer inputs = HostMemory.floats(input, (long) geometry.inPixels() * geometry.in());
    FloatBuffer gradients =
        HostMemory.floats(outputGradient, (long) geometry.outPixels() * geometry.out());
    FloatBuffer weights = HostMemory.floats(weightsGradient, geometry.weights());
    FusedArrays[] arrays = FusedArrays.of(threads);
    SharedWork.run(
        threads,
        share -> {
          add(share, inputs, gradients, arrays[share.index()]);
          share.awaitOthers();
          float[][] sums = new float[threads][];
          for (int i = 0; i < threads; i++) {
            sums[i] = arrays[i].sums(allSums());
          }
          gather(share, sums, weights);
          if (biasGradient != 0 && share.index() == 0) {
            HostMemory.floats(biasGradient, geometry.out()).put(biases(sums));
          }
        });
  }

  private int sums() {
    return inChunks * outChunks * SUMS;
  }

  /** Behind the sums of products stand those of the output's gradient. */
  private int allSums() {
    return sums() + outChunks * CHUNK;
  }

  private float[] biases(float[][] sums) {
    float[] biases = new float[geometry.out()];
    for (float[] one : sums) {
      for (int o = 0; o < biases.length; o++) {
        biases[o] += one[sums() + o];
      }
    }
    return biases;
  }

  private void add(
      SharedWork.Share share, FloatBuffer inputs, FloatBuffer gradients, FusedArrays own) {
    float[] sums = own.sums(allSums());
    Arrays.fill(sums, 0, allSums(), 0f);
    float[] mappedInputs = own.inputs(tiles.floats(geometry.in()));
    float[] mappedGradients = own.outputs(tiles.floats(geometry.out()));
    int groupFloats = FusedLayout.OF_SUMS.groupFloats();
    for (int b = share.from(tiles.blocks()); b < share.to(tiles.blocks()); b++) {
      tiles.mapInputs(b, inputs, own, mappedInputs);
      tiles.mapOutputGradients(b, gradients, own, mappedGradients);
      tiles.clearRestOfGroup(b, geometry.in(), mappedInputs);
      tiles.clearRestOfGroup(b, geometry.out(), mappedGradients);
      int groups = tiles.groups(b);
      for (int group = 0; group < groups; group++) {
        for (int out = 0; out < outChunks; out++) {
          FusedSums.addTiles(
              mappedGradients,
              (group * outChunks + out) * groupFloats + PLACE_OF_ONES * SUMS_PLACE,
              sums,
              sums() + out * CHUNK);
        }
      }
      for (int in = 0; in < inChunks; in++) {
        for (int out = 0; out < outChunks; out++) {
          FusedSums.add(
              mappedInputs,
              in * groupFloats,
              inChunks * groupFloats,
              mappedGradients,
              out * groupFloats,
              outChunks * groupFloats,
              groups,
              sums,
              (in * outChunks + out) * SUMS);
        }
      }
    }
  }

  private void gather(SharedWork.Share share, float[][] sums, FloatBuffer weights) {
    int in = geometry.in();
    float[] tile = new float[PLACES * LANE_FLOATS];
    float[] between = new float[PLACES / 2 * LANE_FLOATS];
    float[] taps = new float[TAPS * LANE_FLOATS];
    float[] plain = new float[LANE_FLOATS * in * TAPS];
    int lanes = FusedLayout.lanes(geometry.out());
    for (int lane = share.from(lanes); lane < share.to(lanes); lane++) {
      int out = FusedLayout.channel(lane, geometry.out());
      for (int i = 0; i < in; i++) {
        int at = (i / CHUNK * outChunks + out / CHUNK) * SUMS + i % CHUNK * CHUNK + out % CHUNK;
        for (int place = 0; place < PLACES; place++) {
          FloatVector sum = FloatVector.fromArray(LANES, sums[0], at + place * CHUNK * CHUNK);
          for (int t = 1; t < threads; t++) {
            sum = sum.add(FloatVector.fromArray(LANES, sums[t], at + place * CHUNK * CHUNK));
          }
          sum.intoArray(tile, place * LANE_FLOATS);
        }
        FusedMaps.taps(tile, between, taps);
        for (int tap = 0; tap < TAPS; tap++) {
          for (int o = 0; o < LANE_FLOATS; o++) {
            plain[(o * in + i) * TAPS + tap] = taps[tap * LANE_FLOATS + o];
          }
        }
      }
      weights.put(out * in * TAPS, plain);
    }
  }
}
