package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * One Parquet file of a split: its name inside the split's folder and how many rows it must hold.
 */
public record PartFile(String name, long rows) implements Serializable {
  public PartFile {
    if (name.isBlank() || name.contains("/")) {
      throw new IllegalArgumentException(
          "Invalid part file name: '%s' (must be a plain file name)".formatted(name));
    }
    if (rows <= 0) {
      throw new IllegalArgumentException(
          "Invalid rows of %s: %d (must be > 0)".formatted(name, rows));
    }
  }
}
