package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.isonorm.network.kernel.VectorModule;

/**
 * Float values in the widest registers that this processor has.
 *
 * <p>Needs the module jdk.incubator.vector: see {@link VectorModule}.
 */
final class FloatLanes {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Bytes of a register. */
  static final int STEP = SPECIES.vectorByteSize();

  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private FloatLanes() {}

  static FloatVector get(ByteBuffer buffer, int at) {
    return FloatVector.fromByteBuffer(SPECIES, buffer, at, ORDER);
  }

  /** The lanes inside alone; zero elsewhere. */
  static FloatVector get(ByteBuffer buffer, int at, VectorMask<Float> inside) {
    return FloatVector.fromByteBuffer(SPECIES, buffer, at, ORDER, inside);
  }

  static void put(FloatVector value, ByteBuffer buffer, int at) {
    value.intoByteBuffer(buffer, at, ORDER);
  }
}
