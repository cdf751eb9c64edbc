package org.isonorm.spark.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class TracesToLogTest {
  @Test
  void aLibrarysStackTraceIsNotOnTheScreenAndAllElseIs() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream screen = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    PrintStream errors = new TracesToLog(screen);
    Exception trace =
        new RejectedExecutionException("Task rejected", new IOException("two\nlines"));
    trace.addSuppressed(new IllegalStateException("suppressed"));

    errors.println("before");
    trace.printStackTrace(errors);
    errors.println((Object) "after, γ");
    errors.println((Object) "\tnot of a trace");
    errors.printf("%d%%%n", 5);

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines("before\nafter, γ\n\tnot of a trace\n5%\n");
  }
}
