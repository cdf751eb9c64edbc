package org.isonorm.spark.run;

import java.io.Serializable;

/** Parameters and velocity as they cross the wire. */
public sealed interface WireState extends Serializable permits ModelState, HalfState {
  /** The values, as float32. */
  ModelState open();

  /** What crosses the wire. */
  long bytes();
}
