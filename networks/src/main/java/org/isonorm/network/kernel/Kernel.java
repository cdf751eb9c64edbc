package org.isonorm.network.kernel;

/**
 * Work prepared for one shape. A kernel belongs to one layer of one network replica: it may hold
 * scratch state between a forward pass and its backward pass, so two threads never use one kernel
 * at the same time. It may move between threads.
 */
public interface Kernel extends AutoCloseable {

  /**
   * Releases what the kernel holds outside the heap; it may not be used afterwards. A kernel left
   * to the garbage collector is safe too.
   */
  @Override
  default void close() {}
}
