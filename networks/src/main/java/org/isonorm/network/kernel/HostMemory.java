package org.isonorm.network.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where the elements of an ND4J array lie in this process's memory. For the CPU backend only. */
public final class HostMemory {

  private HostMemory() {}

  /**
   * The address of the first element of a contiguous float array of the given length; native code
   * trusts it, so all is checked.
   */
  public static long address(INDArray array, long length) {
    return address(array, length, Precision.FLOAT32);
  }

  /** The same for an array of activations. */
  public static long address(INDArray array, long length, Precision precision) {
    if (array.dataType() != precision.type()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid array: %s (must be %s)", array.dataType(), precision.type()));
    }
    if (array.length() != length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid array: shape %s has %s elements, expected %s",
              Arrays.toString(array.shape()),
              array.length(),
              length));
    }
    if (!Tensors.isContiguous(array)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid array: shape %s with strides %s is not contiguous in C order",
              Arrays.toString(array.shape()),
              Arrays.toString(array.stride())));
    }
    return array.data().address() + array.offset() * precision.type().width();
  }

  /**
   * A buffer over the array's own elements. The caller keeps the array reachable while it uses the
   * buffer.
   */
  public static FloatBuffer buffer(INDArray array, long length) {
    return floats(address(array, length), length);
  }

  /** A buffer over memory that somebody else owns. */
  public static FloatBuffer floats(long address, long length) {
    FloatPointer pointer = new FloatPointer(new Address(address));
    pointer.capacity(length);
    return pointer.asBuffer();
  }

  /** The same in bytes. */
  public static ByteBuffer bytes(long address, long length) {
    BytePointer pointer = new BytePointer(new Address(address));
    pointer.capacity(length);
    return pointer.asBuffer();
  }

  /** The same over float64. */
  public static DoubleBuffer doubles(INDArray array) {
    DoublePointer pointer =
        new DoublePointer(new Address(address(array, array.length(), Precision.FLOAT64)));
    pointer.capacity(array.length());
    return pointer.asBuffer();
  }

  /** A pointer that can be aimed anywhere and owns nothing. */
  public static final class Address extends Pointer {

    public Address(long address) {
      this.address = address;
    }

    Address at(long newAddress) {
      address = newAddress;
      return this;
    }
  }
}
