package org.isonorm.spark.run;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Writes the zip files of models in one go. Java's file system of a zip file, which could add to
 * one, answers a full disk with stack traces, a file left behind and, if space comes back, an entry
 * less.
 */
final class ModelZip {
  static final String CONFIGURATION = "configuration.json";
  static final String COEFFICIENTS = "coefficients.bin";

  private ModelZip() {}

  /**
   * Writes a network as DL4J's {@code ModelSerializer} does, without an updater, and more.
   *
   * @param more contents by entry
   */
  static void write(Path file, ComputationGraph graph, Map<String, byte[]> more)
      throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      zip.putNextEntry(new ZipEntry(CONFIGURATION));
      zip.write(graph.getConfiguration().toJson().getBytes(StandardCharsets.UTF_8));
      zip.putNextEntry(new ZipEntry(COEFFICIENTS));
      DataOutputStream coefficients = new DataOutputStream(new BufferedOutputStream(zip));
      Nd4j.write(graph.params(), coefficients);
      coefficients.flush();
      for (Map.Entry<String, byte[]> entry : more.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
  }

  /** Copies a local file, with one entry more at its end. */
  static void copyWith(Path from, Path to, String name, byte[] content) throws IOException {
    try (ZipInputStream source =
            new ZipInputStream(new BufferedInputStream(Files.newInputStream(from)));
        ZipOutputStream zip =
            new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
      for (ZipEntry entry = source.getNextEntry(); entry != null; entry = source.getNextEntry()) {
        zip.putNextEntry(new ZipEntry(entry.getName()));
        source.transferTo(zip);
      }
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
  }
}
