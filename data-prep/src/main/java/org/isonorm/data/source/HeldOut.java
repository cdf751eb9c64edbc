package org.isonorm.data.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;

/** Which examples of a source without a test split are held out to be one. */
final class HeldOut {
  private HeldOut() {}

  /**
   * How many examples of a class are held out: at least one as long as one is left to learn from.
   */
  private static int count(int examples, double fraction) {
    return Math.min(Math.max((int) Math.round(fraction * examples), 1), examples - 1);
  }

  /**
   * Draws that share of every class by the seed.
   *
   * @param labels a label an example
   */
  static BitSet choose(int[] labels, double fraction, long seed) {
    BitSet held = new BitSet(labels.length);
    Map<Integer, List<Integer>> byLabel = new TreeMap<>();
    for (int i = 0; i < labels.length; i++) {
      byLabel.computeIfAbsent(labels[i], label -> new ArrayList<>()).add(i);
    }
    byLabel.forEach(
        (label, ofClass) -> {
          int[] order =
              Permutation.sample(
                  ofClass.size(), RandomStream.HELD_OUT.generator(seed, label, ofClass.size()));
          for (int i = 0; i < count(ofClass.size(), fraction); i++) {
            held.set(ofClass.get(order[i]));
          }
        });
    return held;
  }
}
