package org.isonorm.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that ends a build. */
class SkippedTestsTest {
  @TempDir private Path folder;

  private void report(String module, String suite, String skipped) throws IOException {
    Path file = folder.resolve("%s/target/surefire-reports/TEST-%s.xml".formatted(module, suite));
    Files.createDirectories(file.getParent());
    Files.writeString(file, "<testsuite>\n<testcase>\n" + skipped + "\n</testcase></testsuite>\n");
  }

  private String counted() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "../.ci/skipped", folder.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void countsThoseOfAllModulesByReason() throws Exception {
    assertThat(counted()).isEqualTo("Skipped tests: 0\n");
    String aborted =
        "<skipped type=\"org.opentest4j.TestAbortedException\"><![CDATA[org.opentest4j.TestAbortedException: no bfloat16 here: buy one\n\tat x]]></skipped>";
    report("networks", "A", aborted);
    report("spark-jobs", "B", aborted + "\n<skipped message=\"only &quot;root&quot;\"/>");
    report("spark-jobs", "C", "<skipped/>");
    assertThat(counted())
        .isEqualTo(
            """
            Skipped tests: 4
              2: no bfloat16 here: buy one
              1: no reason
              1: only "root"
            """);
  }
}
