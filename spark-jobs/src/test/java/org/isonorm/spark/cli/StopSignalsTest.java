package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.isonorm.spark.jobs.StopRequest;
import org.junit.jupiter.api.Test;

class StopSignalsTest {
  /** As a grid's trials on a busy machine, which end after the cluster they run on. */
  @Test
  void whatLibrariesPrintOfWorkThatIsTakenFromThemIsNotSeen() {
    PrintStream before = System.err;
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    StringWriter said = new StringWriter();
    StopSignals signals = new StopSignals(new PrintWriter(said));
    System.setErr(new PrintStream(seen, true, StandardCharsets.UTF_8));
    try {
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(signals::ended);
      signals.run();
      new IllegalStateException("a task was rejected").printStackTrace();
    } finally {
      System.setErr(before);
      StopRequest.withdraw();
    }
    assertThat(seen.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(said.toString()).startsWith("isonorm: Stopped");
  }
}
