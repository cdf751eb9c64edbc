package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.Locale;

/**
 * One Parquet file of a split: its name inside the split's folder and how many rows it must hold.
 */
public record PartFile(String name, long rows) implements Serializable {
  public PartFile {
    if (name.isBlank() || name.contains("/")) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid part file name: '%s' (must be a plain file name)", name));
    }
    if (rows <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid rows of %s: %d (must be > 0)", name, rows));
    }
  }
}
