package org.isonorm.network.plan;

import java.util.HashSet;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/** Memory for one array at a time, from the first moment of a step it is used to the last. */
final class Slot {
  private final DataType type;
  private final long length;
  private int from = Integer.MAX_VALUE;
  private int to = Integer.MIN_VALUE;

  /** The tensors whose gradient it holds and whose layer has not gone backward yet. */
  private final Set<Tensor> owners = new HashSet<>();

  /**
   * A slot that is not used yet.
   *
   * @param length elements
   */
  Slot(DataType type, long length) {
    this.type = type;
    this.length = length;
  }

  DataType type() {
    return type;
  }

  long length() {
    return length;
  }

  /** The first moment of its use. */
  int from() {
    return from;
  }

  /** The last moment of its use. */
  int to() {
    return to;
  }

  void useAt(int moment) {
    from = Math.min(from, moment);
    to = Math.max(to, moment);
  }

  boolean overlaps(Slot other) {
    return from <= other.to && other.from <= to;
  }

  Set<Tensor> owners() {
    return owners;
  }
}
