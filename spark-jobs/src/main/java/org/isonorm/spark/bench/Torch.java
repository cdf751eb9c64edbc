package org.isonorm.spark.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A Python that has PyTorch, and how scripts of bench/ are run by it.
 *
 * @param python the interpreter, a path or a name on the PATH
 * @param version PyTorch's
 * @param allocator where its arrays come from
 */
record Torch(String python, String version, Allocator allocator) {
  static final String NAME = "PyTorch";

  private static final String STEP = "torch_step.py";
  private static final String ASK = "import torch; print(torch.__version__)";

  /**
   * The newest PyTorch that any of some interpreters has, the first of equals.
   *
   * @throws IllegalStateException in a sentence with the remedy, if none has one
   */
  static Torch newest(List<String> pythons) {
    return pythons.stream()
        .distinct()
        .flatMap(python -> version(python).map(version -> of(python, version)).stream())
        .reduce((first, second) -> isNewer(second.version, first.version) ? second : first)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    String.format(
                        Locale.ROOT,
                        "Cannot find PyTorch in %s (python3 -m pip install -r bench/requirements.txt,"
                            + " or name the Python that has it by --python)",
                        String.join(", ", new LinkedHashSet<>(pythons)))));
  }

  /** Whether one version comes after another: 2.10.0 after 2.9.1, 2.9.1 after 2.9.1rc2. */
  static boolean isNewer(String version, String other) {
    return Comparator.<Version>naturalOrder().compare(parse(version), parse(other)) > 0;
  }

  /**
   * Without the build, as +cpu is one: it makes none newer. A candidate comes before what it is of.
   */
  private static Version parse(String version) {
    return Version.parse(version.replaceFirst("\\+.*", "").replaceFirst("(?<=\\d)(?=[a-z])", "-"));
  }

  private static Torch of(String python, String version) {
    return new Torch(python, version, Allocator.ofThisMachine());
  }

  private static Optional<String> version(String python) {
    try {
      Process process =
          new ProcessBuilder(python, "-c", ASK)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
        String answer = answers.readLine();
        return process.waitFor() == 0 && answer != null
            ? Optional.of(answer.strip())
            : Optional.empty();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while looking for PyTorch", e);
    }
  }

  /** A process that takes steps. */
  Process step(TorchVariant variant, List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--precision", variant.precision().label()));
    if (variant.compiled()) {
      all.add("--compile");
    }
    return start(STEP, all);
  }

  /**
   * A process that runs a script, with this process's environment and the allocator; what it says
   * on stderr is seen.
   */
  Process start(String script, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(python, "-c", text(script)));
    command.addAll(arguments);
    ProcessBuilder builder = ProcessEngine.program(command);
    builder.environment().putAll(allocator.environment());
    return builder.start();
  }

  private static String text(String script) {
    try (InputStream stream = Torch.class.getResourceAsStream(script)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read %s from the jar: %s", script, e.getMessage()), e);
    }
  }

  /** What is said of it beside its figures. */
  String describe() {
    return String.format(
        Locale.ROOT, "PyTorch %s of %s: channels-last, %s", version, python, allocator.describe());
  }
}
