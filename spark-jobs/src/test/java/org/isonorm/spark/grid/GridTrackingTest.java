package org.isonorm.spark.grid;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.mlflow.FakeMlflow;
import org.isonorm.spark.mlflow.TrackedFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridTrackingTest {
  @TempDir Path folder;

  @Test
  void trialsAreRunsInTheGridsRun() throws IOException {
    try (FakeMlflow server = new FakeMlflow()) {
      IsonormConfig config =
          Grids.config("run.mlflow.tracking-uri=\"" + server.address() + "\"", "run.name=search");
      List<Trial> trials = SearchSpace.trials(config);
      GridTracking tracking =
          new GridTracking(
              TrackedFolder.of(config, folder, "isonorm grid", line -> {}).orElseThrow());
      tracking.ended(trials.get(0), TrialResult.trained(trials.get(0), Grids.history(2, .5), 1));
      tracking.ended(
          trials.get(1),
          TrialResult.diverged(trials.get(1), Grids.history(1, .1), 2, 3, "too large", 1));
      // Pruned after an epoch, and then let go on.
      tracking.ended(trials.get(2), TrialResult.trained(trials.get(2), Grids.history(1, .3), 1));
      tracking.ended(trials.get(2), TrialResult.trained(trials.get(2), Grids.history(2, .4), 2));
      tracking.close();

      List<FakeMlflow.Request> runs = server.requests("/runs/create");
      assertThat(runs).hasSize(4);
      assertThat(runs.get(0).json().path("run_name").asText()).isEqualTo("search");
      for (int i = 0; i < 3; i++) {
        JsonNode run = runs.get(i + 1).json();
        assertThat(run.path("run_name").asText()).isEqualTo(trials.get(i).name());
        assertThat(run.path("tags").toString())
            .contains("{\"key\":\"mlflow.parentRunId\",\"value\":\"run-1\"}");
        assertThat(server.parameters("run-" + (i + 2)))
            .containsAllEntriesOf(trials.get(i).point())
            .containsEntry("run.seed", "1")
            .containsEntry("protocol", "paper");
      }
      assertThat(server.metrics("run-2").get("epoch/validation accuracy"))
          .extracting(metric -> metric.path("value").asDouble())
          .containsExactly(.49, .5);
      assertThat(server.metrics("run-4").get("epoch/validation accuracy"))
          .extracting(metric -> metric.path("step").asLong())
          .containsExactly(10L, 20L);
      assertThat(
              server.requests("/runs/update").stream()
                  .map(
                      request ->
                          request.json().path("run_id").asText()
                              + " "
                              + request.json().path("status").asText()))
          .containsExactly(
              "run-2 FINISHED", "run-3 FAILED", "run-4 KILLED", "run-4 FINISHED", "run-1 FAILED");
    }
  }
}
