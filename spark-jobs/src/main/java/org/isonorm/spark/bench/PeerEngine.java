package org.isonorm.spark.bench;

import org.isonorm.network.kernel.Precision;

/** Another engine that trains the same network; warm when it is made. */
interface PeerEngine extends AutoCloseable {

  /** The engine and its version. */
  String name();

  /** Of its activations. */
  Precision precision();

  /**
   * Takes that many steps in every worker.
   *
   * @return the seconds of one step of all of them, the mean
   */
  double run(int steps);

  @Override
  void close();
}
