package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isonorm.spark.Fuzz;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.NormsLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs that a resumed run goes on with. */
@Timeout(300)
class LogsFuzzTest {
  private static final int FILES = 100;

  @TempDir Path folder;

  @Test
  void aRunGoesOnWithADamagedMetricsFileOrRefusesIt() throws IOException {
    Path file = folder.resolve("metrics.csv");
    Files.writeString(
        file,
        """
        %s
        round,1,1,1,128,0.1,2.3,0.1,,,1000.0,0.100,0.010,0.001,0.2,
        epoch,1,1,1,128,0.1,2.3,0.1,2.2,0.2,1000.0,0.100,0.010,0.001,0.3,0.6
        round,2,2,2,256,0.05,2.1,0.2,,,1000.0,0.100,0.010,0.001,0.4,
        """
            .formatted(MetricsLog.HEADER));
    int refused = Fuzz.of(file, FILES, "metrics.csv", () -> goOn(file, MetricsLog.HEADER));
    assertThat(refused).isPositive().isLessThan(FILES);
  }

  @Test
  void aRunGoesOnWithADamagedNormsFileOrRefusesIt() throws IOException {
    Path file = folder.resolve("norms.csv");
    Files.writeString(
        file,
        """
        %s
        1,conv1,alpha,1.01
        1,conv1,gradientNorm,NaN
        2,conv1,alpha,0.99
        """
            .formatted(NormsLog.HEADER));
    int refused = Fuzz.of(file, FILES, "norms.csv", () -> goOn(file, NormsLog.HEADER));
    assertThat(refused).isPositive().isLessThan(FILES);
  }

  /** What is gone on with has its header, whatever became of it. */
  private static void goOn(Path file, String header) throws IOException {
    try (AutoCloseable log =
        header.equals(NormsLog.HEADER) ? NormsLog.resume(file, 1) : MetricsLog.resume(file, 1)) {
      assertThat(log).isNotNull();
      assertThat(Files.readAllLines(file).get(0)).isEqualTo(header);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
