package org.isonorm.spark.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.OptionalDouble;

/** Float vectors as the bulk bytes that cross the wire: little-endian float32. */
public final class FloatBytes {
  private FloatBytes() {}

  /** A view of bytes as floats. */
  public static FloatBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  /** A copy of floats as bytes. */
  public static byte[] of(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    view(bytes).put(values);
    return bytes;
  }

  /** The first value that is infinite or not a number. */
  public static OptionalDouble firstNonFinite(byte[] bytes) {
    FloatBuffer values = view(bytes);
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        return OptionalDouble.of(values.get(i));
      }
    }
    return OptionalDouble.empty();
  }

  /** The number of floats in bytes. */
  public static int length(byte[] bytes) {
    return bytes.length / Float.BYTES;
  }
}
