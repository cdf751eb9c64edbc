package org.isonorm.network.kernel.vector;

import java.nio.FloatBuffer;
import org.isonorm.network.kernel.onednn.SharedWork;

/**
 * A convolution's weights mapped for F(4×4, 3×3), [out / 16, 36, in, 16], and its bias; zeros fill
 * up the last sixteen channels. They are mapped anew where the weights given are others than
 * before, since the owner may change them.
 */
final class FusedWeights {
  private final int in;
  private final int out;
  private final boolean turned;
  private final int inFloats;
  private final int outFloats;
  private final float[] plain;
  private final float[] mapped;

  /** As many zeros, and the bias. */
  private final float[] bias;

  private boolean isEmpty = true;

  /**
   * Prepares their place.
   *
   * @param turned whether the weights are [in, out, 3, 3] with the taps turned round, else [out,
   *     in, 3, 3]
   */
  FusedWeights(int in, int out, boolean turned) {
    this.in = in;
    this.out = out;
    this.turned = turned;
    inFloats = FusedLayout.chunks(in) * FusedLayout.CHUNK;
    outFloats = FusedLayout.chunks(out) * FusedLayout.CHUNK;
    plain = new float[9 * in * out];
    mapped = new float[FusedLayout.PLACES * inFloats * outFloats];
    bias = new float[2 * outFloats];
  }

  /**
   * Takes the weights as they are now; true if they are to be mapped.
   *
   * @param offset [out]; null for none
   */
  boolean take(FloatBuffer weights, FloatBuffer offset) {
    if (offset != null) {
      offset.get(0, bias, outFloats, out);
    }
    boolean changed = isEmpty || weights.mismatch(FloatBuffer.wrap(plain)) >= 0;
    if (changed) {
      weights.get(0, plain);
      isEmpty = false;
    }
    return changed;
  }

  float[] mapped() {
    return mapped;
  }

  float[] bias() {
    return bias;
  }

  /** Where the weights of a chunk of output channels begin. */
  int at(int chunk) {
    return chunk * FusedLayout.PLACES * inFloats * FusedLayout.CHUNK;
  }

  /** Where its bias begins. */
  int biasAt(int chunk) {
    return outFloats + chunk * FusedLayout.CHUNK;
  }

  /** Maps a share of the weights that were taken. */
  void map(SharedWork.Share share) {
    int firstTap = turned ? 8 : 0;
    int tap = turned ? -1 : 1;
    float[] lines = new float[FusedLayout.SIDE * 3];
    float[] tile = new float[FusedLayout.PLACES];
    for (int o = share.from(out); o < share.to(out); o++) {
      for (int i = 0; i < in; i++) {
        int taps = 9 * (turned ? i * out + o : o * in + i) + firstTap;
        for (int column = 0; column < 3; column++) {
          map(plain, taps + column * tap, 3 * tap, lines, column, 3);
        }
        for (int line = 0; line < FusedLayout.SIDE; line++) {
          map(lines, 3 * line, 1, tile, FusedLayout.SIDE * line, 1);
        }
        int to = at(o / FusedLayout.CHUNK) + i * FusedLayout.CHUNK + o % FusedLayout.CHUNK;
        for (int place = 0; place < tile.length; place++) {
          mapped[to + place * inFloats * FusedLayout.CHUNK] = tile[place];
        }
      }
    }
  }

  /** The map of three taps, as in {@link WinogradMapsOfFour.KernelTaps}. */
  private static void map(float[] taps, int at, int step, float[] mapped, int to, int toStep) {
    float g0 = taps[at];
    float g1 = taps[at + step];
    float g2 = taps[at + 2 * step];
    float even = (g0 + g2) * (-1 / 6f);
    float odd = g1 * (-1 / 6f);
    float evenOfTwo = g0 * (1 / 24f) + g2 * (1 / 6f);
    float oddOfTwo = g1 * (1 / 12f);
    mapped[to] = g0 * (1 / 4f);
    mapped[to + toStep] = even + odd;
    mapped[to + 2 * toStep] = even - odd;
    mapped[to + 3 * toStep] = evenOfTwo + oddOfTwo;
    mapped[to + 4 * toStep] = evenOfTwo - oddOfTwo;
    mapped[to + 5 * toStep] = g2;
  }
}
