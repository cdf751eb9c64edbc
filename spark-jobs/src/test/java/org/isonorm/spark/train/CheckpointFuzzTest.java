package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.Fuzz;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.TrainingState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class CheckpointFuzzTest {
  private static final int FILES = 100;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void save() throws IOException {
    file = folder.resolve("last.zip");
    NetworkDefinition definition = NetworkDefinition.of("resnet-8").withWidth(1);
    ComputationGraph graph = Networks.build(definition);
    new Checkpoint(
            graph,
            null,
            new byte[Math.toIntExact(graph.numParams() * Float.BYTES)],
            null,
            TrainingState.start(definition, "synthetic", 1))
        .save(file);
  }

  @Test
  void aDamagedCheckpointIsReadOrRefused() throws IOException {
    assertThat(Fuzz.of(file, FILES, "last.zip", () -> Checkpoint.load(file))).isPositive();
  }

  /** Behind the checksum of zip. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"isonorm-state.json", "configuration.json", "coefficients.bin"})
  void aDamagedEntryIsReadOrRefused(String entry) throws IOException {
    Path content = folder.resolve("entry");
    try (FileSystem zip = FileSystems.newFileSystem(file, Map.of())) {
      Files.write(content, Files.readAllBytes(zip.getPath(entry)));
    }
    int refused =
        Fuzz.of(
            content,
            FILES / 2,
            "last.zip",
            () -> {
              put(entry, Files.readAllBytes(content));
              Checkpoint.load(file);
            });
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"preprocessor.bin", "updater.bin", "normalizer.bin", "other.bin"})
  void whatDl4jWouldDeserializeIsRefusedBeforeItReadsIt(String entry) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(new Bomb());
    }
    put(entry, bytes.toByteArray());

    assertThatIOException()
        .isThrownBy(() -> Checkpoint.load(file))
        .withMessage(
            "Cannot load checkpoint %s: it is damaged or not a checkpoint (its entry '%s' is"
                + " unknown or stands twice)",
            file, entry);
    assertThat(Bomb.exploded).isFalse();
  }

  private void put(String entry, byte[] content) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(file, Map.of())) {
      Files.write(zip.getPath(entry), content);
    }
  }

  /** Does something as it is deserialized. */
  private static final class Bomb implements Serializable {
    private static final long serialVersionUID = 1L;
    private static boolean exploded;

    @Serial
    private void readObject(ObjectInputStream in) {
      exploded = true;
    }
  }
}
