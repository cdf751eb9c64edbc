package org.isonorm.init;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Serializable;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A random stream named by a path from the run's seed, such as (seed, "weights", "conv1") or (seed,
 * "augmentation", epoch, index). What a stream draws depends on its path alone: not on which other
 * streams exist, nor on the order, thread or machine they are used on.
 *
 * <p>A step of the path folds one 64-bit word into the seed: {@code mix(mix(seed + kind) ^ word)},
 * where {@code mix} is the finalizer of SplitMix64 (Steele, Lea and Flood 2014), the word is an
 * index or the FNV-1a hash of a name in UTF-8, and {@code kind} keeps names and indices apart. For
 * a given stream the step is a bijection of the word, so two indices never give the same stream.
 * The generator is {@link SplittableRandom} started at the seed, and normal draws are its {@link
 * RandomGenerator#nextGaussian()}; both are part of the contract, so that a seed keeps its meaning.
 *
 * <p>Immutable. Created on the driver or on executors; serializable.
 *
 * @param seed the state the path has led to, which also serves to seed a library of its own
 */
public record SeedStream(long seed) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** 2^64 / golden ratio, SplitMix64's increment. */
  private static final long INDEX = 0x9E3779B97F4A7C15L;

  /** Twice that, modulo 2^64: the next point of the same sequence. */
  private static final long NAME = 0x3C6EF372FE94F82AL;

  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  /** The root of all streams of a run. */
  public static SeedStream of(long runSeed) {
    return new SeedStream(runSeed);
  }

  /**
   * The stream below this one with these names; {@code named("a", "b")} is {@code
   * named("a").named("b")}.
   */
  public SeedStream named(String... names) {
    long state = seed;
    for (String name : names) {
      state = step(state, NAME, hash(name));
    }
    return new SeedStream(state);
  }

  /** The stream below this one with these indices; {@code at(1, 2)} is {@code at(1).at(2)}. */
  public SeedStream at(long... indices) {
    long state = seed;
    for (long index : indices) {
      state = step(state, INDEX, index);
    }
    return new SeedStream(state);
  }

  /**
   * A new generator at the start of the stream; each call returns one that repeats the same draws.
   */
  public RandomGenerator generator() {
    return new SplittableRandom(seed);
  }

  private static long step(long state, long kind, long word) {
    return mix(mix(state + kind) ^ word);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long hash(String name) {
    long hash = FNV_OFFSET;
    for (byte b : name.getBytes(UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    return hash;
  }
}
