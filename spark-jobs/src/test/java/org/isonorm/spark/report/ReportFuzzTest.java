package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.isonorm.spark.Fuzz;
import org.isonorm.spark.run.RunFiles;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class ReportFuzzTest {
  private static final int FILES = 60;

  @TempDir Path folder;

  @Tag("long")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "metrics.csv",
        "initialization.csv",
        "norms.csv",
        "evaluation.json",
        "predictions.json",
        "environment.json"
      })
  void aDamagedFileOfARunIsReadOrRefused(String name) throws IOException {
    RunFixture.finished(folder);
    int refused = Fuzz.of(folder.resolve(name), FILES, name, () -> RunFiles.load(folder));
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grid.json", "trials.csv", "results.csv"})
  void aDamagedFileOfAGridIsReadOrRefused(String name) throws IOException {
    GridFixture.finished(folder, 0, "paper");
    int refused = Fuzz.of(folder.resolve(name), FILES, name, () -> GridFiles.load(folder));
    assertThat(refused).isPositive();
  }
}
