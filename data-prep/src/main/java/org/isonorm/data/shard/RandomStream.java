package org.isonorm.data.shard;

import java.util.SplittableRandom;

/**
 * The named random streams of this package. A stream is a function of the run's seed, its purpose
 * and two numbers, and of nothing else, so that what is drawn depends neither on the order of the
 * work nor on who does it.
 *
 * <p>The stream is {@link SplittableRandom} seeded with mix(mix(mix(seed + tag) + a) + b), where
 * mix is the finalizer of SplitMix64 (Stafford's variant 13: Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", 2014) and the tag is a constant of the purpose. Stored data sets
 * and recorded runs depend on these numbers: they never change, which is why they are not those of
 * the initialization's seed streams, which this module does not know.
 */
public enum RandomStream {
  /** One example's crop, flip and Cutout; by epoch and example index. */
  AUGMENTATION(0x6175676d656e7430L),
  /** A shard's order in an epoch; by epoch and worker. */
  EPOCH_ORDER(0x65706f63686f7264L),
  /** A split's stored order; by split. */
  STORED_ORDER(0x73746f7265646f72L),
  /** A synthetic image; by split and example index. */
  SYNTHETIC(0x73796e7468657469L),
  /** One example's AutoAugment; by epoch and example index. */
  AUTO_AUGMENT(0x6175746f6175676dL),
  /** One example's Random Erasing; by epoch and example index. */
  RANDOM_ERASING(0x6572617365726e64L),
  /** One example's random resized crop; by epoch and example index. */
  RANDOM_RESIZED_CROP(0x72657363726f7031L),
  /** One example's colour jitter; by epoch and example index. */
  COLOR_JITTER(0x636f6c6f726a6974L),
  /** One example's dropout in a network; by epoch and example index. */
  DROPOUT(0x64726f706f757430L),
  /** What is mixed in a batch; by epoch, and worker × 2^32 + step. */
  MIXING(0x6d69786261746368L),
  /** Which images of a class are held out for testing; by class and its number of images. */
  HELD_OUT(0x68656c646f757431L),
  /** Whether one example is mirrored in even or in odd epochs; by 0 and example index. */
  ALTERNATING_FLIP(0x666c6970636f696eL),
  /** The order of a stream's row groups; by epoch and worker. */
  ROW_GROUP_ORDER(0x726f7767726f7570L),
  /** The order within a window of a stream; by epoch, and worker × 2^32 + window. */
  WINDOW_ORDER(0x77696e646f773031L);

  private final long tag;

  RandomStream(long tag) {
    this.tag = tag;
  }

  public SplittableRandom generator(long seed, long a, long b) {
    return new SplittableRandom(mix(mix(mix(seed + tag) + a) + b));
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
