package org.isonorm.spark.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Floats in two bytes. Both formats are a float's upper bits, the lower ones rounded away: of the
 * float itself (bfloat16: all of its exponent, 8 bits of precision), or of the float moved to where
 * binary16's exponents begin (11 bits of precision). Binary16 spans few magnitudes, so that every
 * block of values is scaled by a power of two that goes with it.
 */
public enum HalfFloats {
  BF16(16, 0),
  FP16(13, 1024);

  /** Floats between bytes at a time where there are no blocks. */
  private static final int CHUNK = 4096;

  /** Binary16's exponents begin 112 above a float's. */
  private static final float DOWN = 0x1p-112f;

  private static final float UP = 0x1p112f;

  /** The exponent of a block's largest value after scaling: one below binary16's largest. */
  private static final int LARGEST_EXPONENT = 14;

  /** Exponents of a block below which a scale would not be finite. */
  private static final int LEAST_EXPONENT = -112;

  private static final int NOT_FINITE = 0x7F800000;
  private static final int MAGNITUDE = 0x7FFFFFFF;
  private static final int SIGN = 0x8000;

  private final int cut;
  private final int block;

  HalfFloats(int cut, int block) {
    this.cut = cut;
    this.block = block;
  }

  /** Packs float32 bytes, each value rounded to the nearest, ties to even. */
  public byte[] packNearest(byte[] floats) {
    return pack(
        floats,
        (from, bits, count) -> {
          int half = (1 << cut - 1) - 1;
          for (int i = 0; i < count; i++) {
            bits[i] += isFinite(bits[i]) ? half + (bits[i] >> cut & 1) : 0;
          }
        });
  }

  /**
   * Packs float32 bytes, each value rounded up or down at random, in proportion: right in the mean.
   *
   * @param seed of the choices, a function of it and the value's index
   */
  public byte[] packAtRandom(byte[] floats, long seed) {
    int key = Long.hashCode(seed);
    int below = (1 << cut) - 1;
    return pack(
        floats,
        (from, bits, count) -> {
          for (int i = 0; i < count; i++) {
            bits[i] += isFinite(bits[i]) ? hash(from + i ^ key) & below : 0;
          }
        });
  }

  /** Adds to what is cut off, so that cutting rounds; a sum that carries is the next value. */
  @FunctionalInterface
  private interface Rounding {
    void add(int from, int[] bits, int count);
  }

  private byte[] pack(byte[] floats, Rounding rounding) {
    FloatBuffer values = FloatBytes.view(floats);
    int length = values.limit();
    ByteBuffer packed =
        ByteBuffer.allocate(length * Short.BYTES + blocks(length) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    ShortBuffer halves = packed.asShortBuffer();
    int step = block == 0 ? CHUNK : block;
    float[] chunk = new float[step];
    int[] bits = new int[step];
    short[] rounded = new short[step];
    for (int from = 0, number = 0; from < length; from += step, number++) {
      int count = Math.min(step, length - from);
      values.get(from, chunk, 0, count);
      if (block > 0) {
        float scale = scale(chunk, count);
        packed.putFloat(length * Short.BYTES + number * Float.BYTES, scale);
        for (int i = 0; i < count; i++) {
          chunk[i] = chunk[i] * scale * DOWN;
        }
      }
      for (int i = 0; i < count; i++) {
        bits[i] = Float.floatToRawIntBits(chunk[i]);
      }
      rounding.add(from, bits, count);
      for (int i = 0; i < count; i++) {
        rounded[i] = (short) (bits[i] >>> 16 & SIGN | (bits[i] & MAGNITUDE) >>> cut);
      }
      halves.put(from, rounded, 0, count);
    }
    return packed.array();
  }

  /** The float32 bytes of packed ones. */
  byte[] unpack(byte[] packed) {
    int length = length(packed.length);
    ByteBuffer source = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    ShortBuffer halves = source.asShortBuffer();
    byte[] floats = new byte[length * Float.BYTES];
    FloatBuffer values = FloatBytes.view(floats);
    int step = block == 0 ? CHUNK : block;
    float[] chunk = new float[step];
    short[] rounded = new short[step];
    for (int from = 0, number = 0; from < length; from += step, number++) {
      int count = Math.min(step, length - from);
      halves.get(from, rounded, 0, count);
      for (int i = 0; i < count; i++) {
        int half = rounded[i];
        chunk[i] = Float.intBitsToFloat((half & SIGN) << 16 | (half & (SIGN - 1)) << cut);
      }
      if (block > 0) {
        float scale = source.getFloat(length * Short.BYTES + number * Float.BYTES);
        for (int i = 0; i < count; i++) {
          chunk[i] = chunk[i] * UP / scale;
        }
      }
      values.put(from, chunk, 0, count);
    }
    return floats;
  }

  private static boolean isFinite(int bits) {
    return (bits & MAGNITUDE) < NOT_FINITE;
  }

  /** Evenly distributed bits (lowbias32, Wellons 2018), in a fraction of a generator's time. */
  private static int hash(int word) {
    int hash = (word ^ word >>> 16) * 0x7feb352d;
    hash = (hash ^ hash >>> 15) * 0x846ca68b;
    return hash ^ hash >>> 16;
  }

  /** Not a number if a value is not finite, which all of the block then become. */
  private static float scale(float[] values, int count) {
    float largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return Float.isFinite(largest)
        ? Math.scalb(1f, LARGEST_EXPONENT - Math.max(LEAST_EXPONENT, Math.getExponent(largest)))
        : Float.NaN;
  }

  private int blocks(int length) {
    return block == 0 ? 0 : (length + block - 1) / block;
  }

  /** The values in so many packed bytes. */
  private int length(int bytes) {
    if (block == 0) {
      return bytes / Short.BYTES;
    }
    int whole = block * Short.BYTES + Float.BYTES;
    int rest = bytes % whole;
    return bytes / whole * block + Math.max(0, rest - Float.BYTES) / Short.BYTES;
  }
}
