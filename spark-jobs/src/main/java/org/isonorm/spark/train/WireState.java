package org.isonorm.spark.train;

import java.io.Serializable;

/** Parameters and velocity as they cross the wire. */
sealed interface WireState extends Serializable permits ModelState, HalfState {
  /** The values, as float32. */
  ModelState open();

  /** What crosses the wire. */
  long bytes();
}
