package org.isonorm.spark.ml;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.storage.Storage.LocalReader;

/** A model.zip as bytes, and the classes it knows. Lives on the driver. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ModelBytes(byte[] bytes, List<String> classNames) implements Serializable {
  /** Of no model: what Spark's service loader makes. */
  static final ModelBytes NONE = new ModelBytes(new byte[0], List.of());

  /**
   * A model file's.
   *
   * @param shown what errors call it
   * @throws IOException in one sentence that names it, if it is damaged, or was written before
   *     models knew their classes
   */
  static ModelBytes of(byte[] bytes, Object shown) throws IOException {
    ModelCard card =
        new ModelBytes(bytes, List.of()).asFile(file -> ModelCard.require(file, shown));
    return new ModelBytes(bytes, List.copyOf(card.classNames()));
  }

  /** Lends the model as a file of this machine. */
  <T> T asFile(LocalReader<T> reader) throws IOException {
    Path file = Files.createTempFile("isonorm-model-", ".zip");
    try {
      Files.write(file, bytes);
      return reader.read(file);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** The same where no checked exception can pass. */
  <T> T asFileUnchecked(LocalReader<T> reader) {
    try {
      return asFile(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
