package org.isonorm.spark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * DJL's jars, which Isonorm's own class path does not have: its PyTorch engine would bring a second
 * libgomp into the process.
 *
 * @param jars their folder
 */
record Djl(Path jars) {
  static final String NAME = "DJL";

  private static final String PROGRAM = "org.isonorm.djl.DjlStep";

  /** What bench/djl/pom.xml calls its own. */
  private static final String PROGRAMS_JAR = "isonorm-djl.jar";

  /**
   * The jars of a folder.
   *
   * @throws IllegalStateException in a sentence with the remedy, if there are none
   */
  static Djl in(Path folder) {
    if (!Files.exists(folder.resolve(PROGRAMS_JAR))) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot find DJL's jars in %s (mvn -B -q -f bench/djl/pom.xml package, or name the"
                  + " folder where that was called by --djl)",
              folder));
    }
    return new Djl(folder);
  }

  /** The engine's name, of {@code DJL-VERSION}, a hyphen and that of its PyTorch. */
  static String name(String version) {
    return NAME + " " + version;
  }

  /** What is said of it beside its figures. */
  String describe() {
    return String.format(
        Locale.ROOT,
        "DJL of %s: channels-last, momentum without Nesterov's, which its PyTorch engine has not",
        jars);
  }

  /** A process that takes steps. */
  Process start(List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                jars.resolve("*").toString(),
                PROGRAM));
    command.addAll(arguments);
    return ProcessEngine.program(command).start();
  }
}
