package org.isonorm.spark.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.BatchAssembler;
import org.isonorm.data.DatasetManifest;
import org.isonorm.data.MixingSettings;
import org.isonorm.data.Shard;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.GraphInitializer;
import org.isonorm.network.GraphTuner;
import org.isonorm.network.NetworkDefinition;
import org.isonorm.network.Networks;
import org.isonorm.network.RealizedLayer;
import org.isonorm.network.TunedNetwork;
import org.isonorm.network.TuningBatches;
import org.isonorm.spark.config.IsonormConfig;

/**
 * How a network came to start.
 *
 * @param layers what every layer was meant to be drawn with, and what its weights are
 * @param tuned what a tuned method made of it, if the configuration asks for one
 */
record NetworkStart(List<RealizedLayer> layers, Optional<TunedNetwork> tuned) {

  /** The first training examples, as many as that or all there are. */
  interface Examples {
    Shard first(int count) throws IOException;
  }

  /**
   * Sets a new network's parameters to what the configuration's rule and seed make of them, and
   * tunes them where it names a tuned method: on its own training batches, whatever the number of
   * workers.
   *
   * @param examples read only by methods that need data
   */
  static NetworkStart of(
      ComputationGraph graph,
      NetworkDefinition definition,
      IsonormConfig config,
      DatasetManifest manifest,
      Examples examples,
      TuningProgress progress)
      throws IOException {
    InitializationPlan plan =
        InitializationPlan.of(Networks.topology(definition), config.initializationOf(definition));
    List<RealizedLayer> layers = GraphInitializer.initialize(graph, plan, config.run().seed());
    GraphTuner.Settings settings = config.initialization().tuningOf(definition.name()).orElse(null);
    if (settings == null) {
      return new NetworkStart(layers, Optional.empty());
    }
    TuningBatches batches =
        settings.method().needsData()
            ? batches(config, settings, manifest, examples)
            : TuningBatches.gaussian(definition, settings.examplesPerBatch(), config.run().seed());
    TunedNetwork tuned = GraphTuner.tune(graph, settings, batches, progress);
    List<RealizedLayer> after = new ArrayList<>();
    for (RealizedLayer layer : layers) {
      after.add(RealizedLayer.of(layer.initialization(), graph));
    }
    return new NetworkStart(after, Optional.of(tuned));
  }

  /** Whole batches of an epoch, then of the next. */
  private static TuningBatches batches(
      IsonormConfig config,
      GraphTuner.Settings settings,
      DatasetManifest manifest,
      Examples examples)
      throws IOException {
    int size = settings.examplesPerBatch();
    Shard shard = examples.first(Math.multiplyExact(size, settings.batches()));
    int whole = Math.floorDiv(shard.size(), size);
    if (whole == 0) {
      throw new IllegalArgumentException(
          "Invalid initialization.tuning.batch-size: %d (must be at most the %d training examples)"
              .formatted(settings.batchSize(), shard.size()));
    }
    ShardBatches epochs =
        new ShardBatches(
            0,
            shard,
            BatchAssembler.of(
                manifest, config.augmentation().settings().withMixing(MixingSettings.NONE)),
            size,
            config.run().seed());
    return number -> {
      WorkerBatches.Batch batch =
          epochs.batch((int) Math.floorDiv(number, whole), (int) Math.floorMod(number, whole));
      return new TuningBatches.Batch(batch.features(), batch.labels());
    };
  }
}
