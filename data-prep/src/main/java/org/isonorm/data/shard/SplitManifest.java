package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * What a split holds.
 *
 * @param examples rows of all files together
 * @param examplesPerClass rows of each class, by label
 * @param files the Parquet files in position order; their sizes differ by at most one row
 */
public record SplitManifest(long examples, List<Long> examplesPerClass, List<PartFile> files)
    implements Serializable {
  public SplitManifest {
    examplesPerClass = List.copyOf(examplesPerClass);
    files = List.copyOf(files);
    long inClasses = examplesPerClass.stream().mapToLong(Long::longValue).sum();
    long inFiles = files.stream().mapToLong(PartFile::rows).sum();
    if (inClasses != examples || inFiles != examples) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid split: %d examples, but its classes hold %d and its files %d",
              examples,
              inClasses,
              inFiles));
    }
  }

  /** Every position of the split. */
  public PositionRange positions() {
    return new PositionRange(0, examples);
  }
}
