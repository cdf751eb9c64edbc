package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final IsonormConfig CONFIG =
      IsonormConfig.load(
          Optional.empty(),
          List.of(
              "network.name=plain-3", "network.width=1", "training.checkpoint-every-minutes=5"));

  @TempDir Path folder;

  private final AtomicLong clock = new AtomicLong(77);
  private final ComputationGraph graph = Networks.build(CONFIG.networkDefinition());
  private final byte[] parameters = FlatParameters.toBytes(graph.params());

  private TrainingPoint after(int rounds) {
    TrainingState start = TrainingState.start(CONFIG.networkDefinition(), "synthetic", 1);
    Progress progress = Progress.START;
    for (int round = 0; round < rounds; round++) {
      progress = progress.afterRound(1);
    }
    return new TrainingPoint(
        new ModelState(parameters, new byte[parameters.length]),
        start.afterEpoch(progress, null, 0));
  }

  @Test
  void savesAfterSomeTimeAndWhereARunIsStopped() throws IOException {
    RunFolder run = RunFolder.create(folder.resolve("run"));
    CheckpointWriter writer =
        new CheckpointWriter(run, graph, CONFIG.training(), after(0), clock::get);
    writer.stopped(after(0));
    clock.addAndGet(TimeUnit.MINUTES.toNanos(5) - 1);
    writer.afterRound(after(1), null, null);
    assertThat(run.hasLastCheckpoint()).as("no time has passed, nor a round").isFalse();

    clock.addAndGet(1);
    writer.afterRound(after(2), null, null);
    assertThat(rounds(run)).isEqualTo(2);

    clock.addAndGet(TimeUnit.MINUTES.toNanos(5) - 1);
    writer.afterRound(after(3), null, null);
    assertThat(rounds(run)).isEqualTo(2);
    writer.stopped(after(3));
    assertThat(rounds(run)).isEqualTo(3);
  }

  private static long rounds(RunFolder run) throws IOException {
    return Checkpoint.load(run.lastCheckpoint()).state().progress().round();
  }
}
