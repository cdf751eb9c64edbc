package org.isonorm.network.parameters;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Flat parameter vectors as bytes, to move them between processes at the cost of copying memory:
 * little-endian float32 in the vector's order.
 */
public final class FlatParameters {
  private FlatParameters() {}

  /**
   * The vector's bytes, four an element.
   *
   * @throws UnsupportedOperationException if there are more than an array holds (2^29 elements)
   */
  public static byte[] toBytes(INDArray flat) {
    byte[] bytes = new byte[bytesOf(flat)];
    if (directlyReadable()) {
      memoryOf(flat).get(bytes);
    } else {
      littleEndian(bytes).asFloatBuffer().put(flat.dup('c').data().asFloat());
    }
    return bytes;
  }

  /**
   * Writes what {@link #toBytes} gave into a vector of the same length.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public static void copyFrom(byte[] bytes, INDArray flat) {
    int expected = bytesOf(flat);
    if (bytes.length != expected) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid parameters: %d bytes, expected %d for %d values",
              bytes.length,
              expected,
              flat.length()));
    }
    if (directlyReadable()) {
      memoryOf(flat).put(bytes);
    } else {
      float[] values = new float[Math.toIntExact(flat.length())];
      littleEndian(bytes).asFloatBuffer().get(values);
      flat.assign(Nd4j.createFromArray(values).reshape(flat.shape()));
    }
  }

  private static boolean directlyReadable() {
    return Nd4j.getEnvironment().isCPU() && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  private static BytePointer memoryOf(INDArray flat) {
    return new BytePointer(flat.data().addressPointer()).capacity(bytesOf(flat));
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int bytesOf(INDArray flat) {
    boolean vector = flat.rank() == 1 || (flat.rank() == 2 && flat.size(0) == 1);
    if (flat.dataType() != DataType.FLOAT || !vector) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid vector: %s of shape %s (must be FLOAT of shape [n] or [1, n])",
              flat.dataType(),
              Arrays.toString(flat.shape())));
    }
    if (flat.length() > Integer.MAX_VALUE / Float.BYTES) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported number of parameters: %d (must be <= %d)",
              flat.length(),
              Integer.MAX_VALUE / Float.BYTES));
    }
    return Math.toIntExact(flat.length() * Float.BYTES);
  }
}
