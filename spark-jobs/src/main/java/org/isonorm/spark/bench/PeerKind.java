package org.isonorm.spark.bench;

import java.util.List;
import org.isonorm.init.NearestName;

/** What a benchmark may be compared with. */
public enum PeerKind {
  /** The network of DL4J's own layers. */
  DL4J("dl4j"),

  PYTORCH("pytorch"),

  /** The network of DJL's blocks, on its PyTorch engine. */
  DJL("djl"),

  /** Isonorm itself in float32, for a benchmark of another precision. */
  FLOAT32("float32"),

  /** Isonorm itself with direct convolutions alone. */
  DIRECT("direct"),

  /** Isonorm itself with every layer trained, for a benchmark with frozen ones. */
  UNFROZEN("unfrozen");

  private final String label;

  PeerKind(String label) {
    this.label = label;
  }

  /**
   * The peer of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PeerKind parse(String name) {
    return NearestName.find("peer", name, List.of(values()), kind -> kind.label);
  }
}
