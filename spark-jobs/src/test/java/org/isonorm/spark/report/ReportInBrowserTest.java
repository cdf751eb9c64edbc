package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens the report in headless Chromium, where that is installed. */
class ReportInBrowserTest {
  /** Far above the few seconds that a page takes on a busy machine. */
  private static final long TIMEOUT_SECONDS = 120;

  @TempDir Path folder;

  @Tag("long")
  @Test
  void aRunOpensWithoutConsoleMessagesOrRequests() throws IOException, InterruptedException {
    assertOpens(RunReport.render(RunFixture.finished(folder).folder()), 12);
  }

  @Tag("long")
  @Test
  void aGridOpensWithoutConsoleMessagesOrRequests() throws IOException, InterruptedException {
    GridFixture.finished(folder, 0, "paper", "control");
    assertOpens(Report.render(folder), 9);
  }

  private void assertOpens(Path report, int plots) throws IOException, InterruptedException {
    String page = Files.readString(report);
    String probe =
        """
        <script>
        console.log("resources: " + performance.getEntriesByType("resource").length);
        console.log("plots: " + [...document.querySelectorAll("figure svg")]
            .filter(svg => svg.getBoundingClientRect().height > 100).length);
        console.log("broken images: " + [...document.images].filter(image => !image.naturalWidth).length);
        console.log("wider than the window: " + (document.documentElement.scrollWidth > innerWidth));
        </script>
        """;
    assertThat(consoleOf(page.replace("</body>", probe + "</body>")))
        .containsExactly(
            "resources: 0", "plots: " + plots, "broken images: 0", "wider than the window: false");
  }

  @Tag("long")
  @Test
  void wouldSeeAnErrorIfThereWereOne() throws IOException, InterruptedException {
    assertThat(consoleOf("<!DOCTYPE html><script>missing()</script>"))
        .singleElement()
        .asString()
        .contains("ReferenceError");
  }

  /** The console's messages while a page is opened without any network. */
  private List<String> consoleOf(String page) throws IOException, InterruptedException {
    Optional<String> chromium = chromium();
    assumeTrue(chromium.isPresent(), "Chromium is not installed");
    Path html = Files.writeString(folder.resolve("page.html"), page);
    Path profile = Files.createDirectory(folder.resolve("profile"));
    Path log = folder.resolve("chromium.log");
    List<String> command = new ArrayList<>();
    command.add(chromium.get());
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--user-data-dir=" + profile,
            "--enable-logging=stderr",
            "--window-size=1280,2400",
            "--screenshot=" + folder.resolve("page.png"),
            html.toUri().toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    // [1:2:1123/195501.1:INFO:CONSOLE:12] "resources: 0", source: file:///… (12)
    return Files.readString(log)
        .lines()
        .filter(line -> line.contains("CONSOLE"))
        .map(line -> line.replaceFirst(".*?\\] \"", "").replaceFirst("\", source: .*", ""))
        .toList();
  }

  private static Optional<String> chromium() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .flatMap(
            directory ->
                List.of(Path.of(directory, "chromium"), Path.of(directory, "chromium-browser"))
                    .stream())
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }
}
