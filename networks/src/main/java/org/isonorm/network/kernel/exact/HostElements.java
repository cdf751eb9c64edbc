package org.isonorm.network.kernel.exact;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.isonorm.network.kernel.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The elements of a contiguous array of float32 or float64 in this process's memory, taken to the
 * heap as float64 a block at a time. The caller keeps the array reachable.
 */
interface HostElements {

  /** Fills a block from an element on. */
  void get(int from, double[] block);

  /** Writes a block from an element on. */
  void put(int from, double[] block);

  static HostElements of(INDArray array) {
    return array.dataType() == DataType.DOUBLE
        ? new Doubles(HostMemory.doubles(array))
        : new Floats(HostMemory.buffer(array, array.length()));
  }

  /** Float64. */
  record Doubles(DoubleBuffer buffer) implements HostElements {
    @Override
    public void get(int from, double[] block) {
      buffer.get(from, block);
    }

    @Override
    public void put(int from, double[] block) {
      buffer.put(from, block);
    }
  }

  /** Float32. */
  record Floats(FloatBuffer buffer) implements HostElements {
    @Override
    public void get(int from, double[] block) {
      float[] values = new float[block.length];
      buffer.get(from, values);
      for (int i = 0; i < values.length; i++) {
        block[i] = values[i];
      }
    }

    @Override
    public void put(int from, double[] block) {
      float[] values = new float[block.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) block[i];
      }
      buffer.put(from, values);
    }
  }
}
