package org.isonorm.spark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isonorm.spark.train.TrialTraining;

/** A folder of its own for as long as it is open. */
record Scratch(Path path) implements AutoCloseable {
  Scratch() throws IOException {
    this(Files.createTempDirectory("isonorm-bench-"));
  }

  @Override
  public void close() throws IOException {
    TrialTraining.discard(path);
    Files.delete(path);
  }
}
