package org.isonorm.data.source;

import java.util.BitSet;
import java.util.stream.IntStream;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;

/** Which examples of a source without a test split are held out to be one. */
final class HeldOut {
  private HeldOut() {}

  /**
   * How many examples of a class are held out: at least one as long as one is left to learn from.
   */
  static int count(int examples, double fraction) {
    return Math.min(Math.max((int) Math.round(fraction * examples), 1), examples - 1);
  }

  /**
   * Draws that share of every class by the seed.
   *
   * @param labels a label an example
   */
  static BitSet choose(int[] labels, double fraction, long seed) {
    BitSet held = new BitSet(labels.length);
    int classes = IntStream.of(labels).max().orElse(-1) + 1;
    for (int label = 0; label < classes; label++) {
      int wanted = label;
      int[] ofClass = IntStream.range(0, labels.length).filter(i -> labels[i] == wanted).toArray();
      int[] order =
          Permutation.sample(
              ofClass.length, RandomStream.HELD_OUT.generator(seed, label, ofClass.length));
      for (int i = 0; i < count(ofClass.length, fraction); i++) {
        held.set(ofClass[order[i]]);
      }
    }
    return held;
  }
}
