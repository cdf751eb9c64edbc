package org.isonorm.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Says after the last test how many were skipped and why, so that a processor without bfloat16 does
 * not pass for one that computes it right. JUnit finds it by META-INF/services.
 */
public final class SkippedTests implements TestWatcher {
  private static final Path REPORT = Path.of("target", "skipped-tests.txt");

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    summary(context).add(cause.getMessage());
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    summary(context).add(reason.orElse("disabled"));
  }

  private static Summary summary(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(SkippedTests.class))
        .getOrComputeIfAbsent(Summary.class, key -> new Summary(), Summary.class);
  }

  /** Skipped tests by reason; closed by JUnit when all tests have run. */
  static final class Summary implements AutoCloseable {
    private final Map<String, Integer> reasons = new TreeMap<>();

    synchronized void add(String reason) {
      reasons.merge(reason, 1, Integer::sum);
    }

    /** A line for each reason under a line of the sum. */
    synchronized String text() {
      StringBuilder text = new StringBuilder("Skipped tests: ");
      text.append(reasons.values().stream().mapToInt(Integer::intValue).sum());
      reasons.forEach(
          (reason, tests) -> text.append("\n  ").append(tests).append(": ").append(reason));
      return text.toString();
    }

    @Override
    public void close() throws IOException {
      System.out.println(text());
      Files.createDirectories(REPORT.getParent());
      Files.writeString(REPORT, text() + "\n");
    }
  }
}
