package org.isonorm.spark.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Locks as tests of other packages need them. */
public final class Locks {
  private Locks() {}

  /** A folder taken by a file that is written anew every so often. */
  public static FolderLock beating(Path folder, Duration every) throws IOException {
    return FolderLock.take(folder, "run folder", line -> {}, true, every);
  }
}
