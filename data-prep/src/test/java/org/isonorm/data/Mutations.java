package org.isonorm.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damage done to files. */
public final class Mutations {
  private static final int MOST_BITS = 8;
  private static final int MOST_BYTES = 64;

  private Mutations() {}

  /** A damaged copy: at random places, a random kind of damage. */
  public static byte[] of(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole.clone();
    int at = random.nextInt(bytes.length);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(MOST_BYTES));
    switch (random.nextInt(5)) {
      case 0 -> {
        for (int bit = random.nextInt(MOST_BITS); bit >= 0; bit--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 1 -> bytes = Arrays.copyOf(bytes, at);
      case 2 -> {
        bytes = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(whole, at, bytes, at + length, whole.length - at);
      }
      case 3 -> {
        int from = random.nextInt(bytes.length - length + 1);
        System.arraycopy(whole, at, bytes, from, length);
        System.arraycopy(whole, from, bytes, at, length);
      }
      default -> Arrays.fill(bytes, at, at + length, (byte) random.nextInt());
    }
    return bytes;
  }
}
