package org.isonorm.network.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A tensor of float32 values under a name.
 *
 * @param shape sizes of its axes
 * @param values in C order; not to be changed
 */
public record NamedTensor(String name, long[] shape, float[] values) {
  public NamedTensor {
    long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (length != values.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid tensor %s: %d values (must be %d for the shape %s)",
              name,
              values.length,
              length,
              Arrays.toString(shape)));
    }
  }

  /** The values of an array, in an order of the axes that is its own. */
  static NamedTensor of(String name, INDArray array, long... shape) {
    return new NamedTensor(name, shape, array.dup('c').data().asFloat());
  }

  /** The values as little-endian float32. */
  byte[] bytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamedTensor that
        && name.equals(that.name)
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + Arrays.hashCode(shape)) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return name + Arrays.toString(shape);
  }
}
