package org.isonorm.spark.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.MixingSettings;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Shard;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.PatchMoments;
import org.isonorm.init.TuningProgress;
import org.isonorm.init.WeightShape;
import org.isonorm.init.Whitening;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.RealizedLayer;
import org.isonorm.network.tuning.GraphTuner;
import org.isonorm.network.tuning.TunedNetwork;
import org.isonorm.network.tuning.TuningBatches;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.FirstExamples;
import org.isonorm.spark.data.ShardBatches;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.run.LayerRow;
import org.isonorm.spark.run.StartFiles;
import org.isonorm.spark.run.Tuning;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How a network came to start.
 *
 * @param layers what every layer was meant to be drawn with, and what its weights are
 * @param equilibrium the γ of equilibrium, if the configuration asks for it
 * @param tuned what a tuned method made of it, if the configuration asks for one
 * @param weights what it took from another network, if the configuration names one
 */
record NetworkStart(
    List<RealizedLayer> layers,
    Optional<EquilibriumStart> equilibrium,
    Optional<TunedNetwork> tuned,
    Optional<StartingWeights> weights) {
  /** Images that are normalized at a time, so that large ones need little memory. */
  private static final int IMAGES_AT_A_TIME = 100;

  /** How a configuration plans a network's start, before anything scales it. */
  private record Planned(InitializationPlan plan, Optional<EquilibriumStart> equilibrium) {}

  /**
   * The plan of a network's start, with the γ that were measured where the configuration asks for
   * it.
   *
   * @param examples read only where γ is measured or a rule asks for images
   */
  static InitializationPlan plan(
      NetworkDefinition definition,
      IsonormConfig config,
      DatasetManifest manifest,
      FirstExamples examples)
      throws IOException {
    return planned(definition, config, manifest, examples).plan();
  }

  private static Planned planned(
      NetworkDefinition definition,
      IsonormConfig config,
      DatasetManifest manifest,
      FirstExamples examples)
      throws IOException {
    InitializationPlan plan =
        seeing(
            InitializationPlan.of(
                Networks.topology(definition), config.initializationOf(definition)),
            manifest,
            config.data().crop(),
            examples);
    if (!EquilibriumStart.isAskedFor(config) || !EquilibriumStart.readsGamma(plan)) {
      return new Planned(plan, Optional.empty());
    }
    EquilibriumStart equilibrium =
        EquilibriumStart.measure(
            config,
            definition,
            plan,
            Recipe.optimizer(config, definition, /* stepsPerEpoch= */ 1),
            globalBatches(config, EquilibriumStart.BATCHES, manifest, examples));
    return new Planned(
        seeing(equilibrium.plan(), manifest, config.data().crop(), examples),
        Optional.of(equilibrium));
  }

  /**
   * Sets a new network's parameters to what the configuration's rule and seed make of them, and
   * tunes them where it names a tuned method: on its own training batches, whatever the number of
   * workers.
   *
   * @param examples read only by rules and methods that need data
   */
  static NetworkStart of(
      ComputationGraph graph,
      NetworkDefinition definition,
      IsonormConfig config,
      DatasetManifest manifest,
      FirstExamples examples,
      TuningProgress progress)
      throws IOException {
    Planned planned = planned(definition, config, manifest, examples);
    List<RealizedLayer> layers =
        GraphInitializer.initialize(graph, planned.plan(), config.run().seed());
    if (!config.initialization().from().isEmpty()) {
      StartingWeights weights = StartingWeights.put(config.initialization().from(), graph);
      return new NetworkStart(
          realized(layers, graph), Optional.empty(), Optional.empty(), Optional.of(weights));
    }
    GraphTuner.Settings settings = config.initialization().tuningOf(definition.name()).orElse(null);
    if (settings == null) {
      return new NetworkStart(layers, planned.equilibrium(), Optional.empty(), Optional.empty());
    }
    TuningBatches batches =
        settings.method().needsData()
            ? batches(
                config,
                "initialization.tuning.batch-size: " + settings.batchSize(),
                settings.examplesPerBatch(),
                settings.batches(),
                manifest,
                examples)
            : TuningBatches.gaussian(definition, settings.examplesPerBatch(), config.run().seed());
    TunedNetwork tuned = GraphTuner.tune(graph, settings, batches, progress);
    return new NetworkStart(
        realized(layers, graph), planned.equilibrium(), Optional.of(tuned), Optional.empty());
  }

  /**
   * A plan whose first convolution has seen the first training images, normalized and without
   * augmentation, if its rule asks for that; they are the same whatever the number of workers.
   *
   * @param crop what of the images the network sees
   */
  static InitializationPlan seeing(
      InitializationPlan plan, DatasetManifest manifest, CenterCrop crop, FirstExamples examples)
      throws IOException {
    Optional<LayerTopology> layer = plan.awaitingImages();
    if (layer.isEmpty()) {
      return plan;
    }
    Shard shard = examples.first(Whitening.IMAGES);
    EvaluationBatches images =
        new EvaluationBatches(
            0,
            shard,
            BatchAssembler.of(manifest, crop, AugmentationSettings.NONE),
            IMAGES_AT_A_TIME);
    ImageShape seen = crop.of(manifest.shape());
    PatchMoments patches = PatchMoments.none(layer.get().shape());
    for (int from = 0; from < images.examples(); from += images.batchSize()) {
      try (INDArray features = images.batch(from).features()) {
        patches.add(features.data().asFloat(), seen.height(), seen.width());
      }
    }
    return plan.seeing(patches);
  }

  private static List<RealizedLayer> realized(List<RealizedLayer> layers, ComputationGraph graph) {
    return layers.stream().map(layer -> RealizedLayer.of(layer.initialization(), graph)).toList();
  }

  /** As many batches of a step's examples, of all workers together. */
  static TuningBatches globalBatches(
      IsonormConfig config, int count, DatasetManifest manifest, FirstExamples examples)
      throws IOException {
    int size = config.training().globalBatchSize();
    return batches(config, "training.global-batch-size: " + size, size, count, manifest, examples);
  }

  /**
   * Whole batches of an epoch, then of the next.
   *
   * @param setting that says how many examples a batch has
   * @param count batches that are wanted
   */
  private static TuningBatches batches(
      IsonormConfig config,
      String setting,
      int size,
      int count,
      DatasetManifest manifest,
      FirstExamples examples)
      throws IOException {
    Shard shard = examples.first(Math.multiplyExact(size, count));
    int whole = Math.floorDiv(shard.size(), size);
    if (whole == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s (must be at most the %d training examples)",
              setting,
              shard.size()));
    }
    ShardBatches epochs =
        new ShardBatches(
            0,
            shard,
            BatchAssembler.of(
                manifest,
                config.data().crop(),
                config.augmentation().settings().withMixing(MixingSettings.NONE)),
            size,
            config.run().seed());
    return number -> {
      WorkerBatches.Batch batch =
          epochs.batch((int) Math.floorDiv(number, whole), Math.floorMod(number, whole));
      return new TuningBatches.Batch(batch.features(), batch.labels());
    };
  }

  /** What the run's folder says of it. */
  StartFiles files() {
    return new StartFiles(
        initialization(),
        equilibrium.map(EquilibriumStart::table).orElse(null),
        tuned.map(NetworkStart::tuning).orElse(null),
        tuned.map(NetworkStart::steps).orElse(null),
        weights.map(StartingWeights::table).orElse(null));
  }

  private String initialization() {
    return LayerRow.TABLE.text(layers.stream().map(this::row).toList());
  }

  private LayerRow row(RealizedLayer realized) {
    LayerInitialization layer = realized.initialization();
    boolean taken = weights.filter(w -> w.took(layer.layer().name())).isPresent();
    return new LayerRow(
        layer.layer().name(),
        layer.layer().kind().name().toLowerCase(Locale.ROOT),
        shape(layer.layer().shape()),
        layer.fan().in(),
        layer.fan().out(),
        taken ? StartingWeights.RULE : layer.rule(),
        taken ? realized.statistics().variance() : layer.variance(),
        realized.statistics().variance(),
        realized.statistics().mean());
  }

  private static String shape(WeightShape shape) {
    return String.format(
        Locale.ROOT,
        "%dx%dx%dx%d",
        shape.out(),
        shape.in() / shape.groups(),
        shape.height(),
        shape.width());
  }

  private static String tuning(TunedNetwork tuned) {
    return Tuning.Tensor.TABLE.text(
        tuned.tensors().stream()
            .map(
                tensor ->
                    new Tuning.Tensor(
                        tensor.layer(),
                        tensor.name(),
                        tensor.startNorm(),
                        tensor.scale(),
                        tensor.finalNorm()))
            .toList());
  }

  private static String steps(TunedNetwork tuned) {
    List<Tuning.Step> steps = new ArrayList<>();
    for (double value : tuned.values()) {
      steps.add(new Tuning.Step(steps.size() + 1L, tuned.method().label(), value));
    }
    return Tuning.Step.TABLE.text(steps);
  }
}
