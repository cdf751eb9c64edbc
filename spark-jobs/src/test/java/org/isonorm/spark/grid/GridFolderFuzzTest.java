package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.Fuzz;
import org.isonorm.spark.config.IsonormConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Results of trials that a resumed grid reads again. */
@Timeout(300)
class GridFolderFuzzTest {
  private static final int FILES = 100;

  @TempDir Path temporary;

  @Test
  void aDamagedResultIsReadOrRefused() throws IOException {
    IsonormConfig config = Grids.config();
    List<Trial> trials = SearchSpace.trials(config);
    try (GridFolder folder = GridFolder.create(temporary.resolve("grid"), config, line -> {})) {
      Trial trial = trials.get(0);
      folder.save(trial, TrialResult.trained(trial, Grids.history(2, .5), 1.5));
      int refused =
          Fuzz.of(
              folder.trial(trial).resolve("result.json"),
              FILES,
              "result.json",
              () -> assertThat(folder.result(trial)).isPresent());
      assertThat(refused).isPositive();
    }
  }
}
