package org.isonorm.data.shard;

import java.util.random.RandomGenerator;

/** Uniform random permutations. */
public final class Permutation {
  private Permutation() {}

  /** A permutation of 0 to size − 1, each equally likely (Fisher and Yates; Durstenfeld 1964). */
  public static int[] sample(int size, RandomGenerator random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
