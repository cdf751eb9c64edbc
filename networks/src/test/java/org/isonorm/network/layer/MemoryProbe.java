package org.isonorm.network.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.DataSet;

/**
 * A program that trains and evaluates with more batch sizes than the layers keep kernels for, so
 * that kernels are made and released all the time, and prints by how many bytes the process grew
 * from step 80 to step 280. Its heap is small and fixed, so growth is outside.
 */
final class MemoryProbe {

  private MemoryProbe() {}

  public static void main(String[] arguments) {
    ComputationGraph graph = ResidualNetwork.fast();
    int[] sizes = {64, 40, 24, 56, 8};
    DataSet[] batches = new DataSet[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      batches[i] = ResidualNetwork.batch(sizes[i], i);
    }
    long early = 0;
    for (int step = 0; step <= 280; step++) {
      graph.fit(batches[step % sizes.length]);
      graph.outputSingle(batches[(step + 2) % sizes.length].getFeatures());
      if (step == 80) {
        early = Pointer.physicalBytes();
      }
    }
    System.out.println("grown " + (Pointer.physicalBytes() - early));
  }

  /** Runs the program in a JVM of its own. */
  static long grownBytes() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxbytes=2g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g",
                "-cp",
                System.getProperty("java.class.path"),
                MemoryProbe.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<String> lines = output.lines().toList();
    if (process.waitFor() != 0 || lines.isEmpty()) {
      throw new AssertionError(output);
    }
    String last = lines.get(lines.size() - 1);
    return Long.parseLong(last.substring(last.lastIndexOf(' ') + 1));
  }
}
