package org.isonorm.spark.train;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.Sharpness;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.tuning.GraphSharpness;
import org.isonorm.network.tuning.TunedNetwork;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.TrainingData;

/** Starts networks as {@code train} would, on a data set, and trains none. Lives on the driver. */
public final class StartTrial {
  /** Batches whose gradients say what the γ of equilibrium is. */
  public static final int EQUILIBRIUM_BATCHES = EquilibriumStart.BATCHES;

  private final TrainingData data;
  private final Configuration hadoop;

  StartTrial(TrainingData data, Configuration hadoop) {
    this.data = data;
    this.hadoop = hadoop;
  }

  /** Opens the configuration's data set; a synthetic one that is not there yet is made. */
  public static StartTrial open(IsonormConfig config, SparkSession spark) throws IOException {
    return new StartTrial(
        TrainingData.open(config.data(), spark), spark.sparkContext().hadoopConfiguration());
  }

  /** What a tuned method makes of the network's start; nothing if the configuration names none. */
  public Optional<TunedNetwork> tune(IsonormConfig config) throws IOException {
    NetworkDefinition definition = Recipe.definition(config, data.manifest());
    return start(Networks.build(definition), definition, config).tuned();
  }

  /** How every layer would start, with the γ measured that the configuration asks to measure. */
  public InitializationPlan plan(IsonormConfig config) throws IOException {
    return NetworkStart.plan(
        Recipe.definition(config, data.manifest()), config, data.manifest(), data.examples(hadoop));
  }

  /**
   * The plan of a network for images as the data set's, the first of which it has seen if a rule
   * asks for that.
   *
   * @param crop what of the images the network sees
   */
  public InitializationPlan seeing(
      NetworkDefinition network, CenterCrop crop, Initialization initialization)
      throws IOException {
    DatasetManifest manifest = data.manifest();
    ImageShape seen = crop.of(manifest.shape());
    NetworkDefinition fitted = network.withImage(seen.height(), seen.width(), seen.channels());
    return NetworkStart.seeing(
        InitializationPlan.of(Networks.topology(fitted), initialization),
        manifest,
        crop,
        data.examples(hadoop));
  }

  /**
   * How sharp the loss of the configuration's network is where it starts, on the first global batch
   * with the run's augmentation but unmixed.
   *
   * @param products with the Hessian at most
   */
  public Sharpness sharpness(IsonormConfig config, int products) throws IOException {
    NetworkDefinition definition = Recipe.definition(config, data.manifest());
    return GraphSharpness.measure(
        definition,
        plan(config),
        config.run().seed(),
        Recipe.optimizer(config, definition, /* stepsPerEpoch= */ 1),
        NetworkStart.globalBatches(config, 1, data.manifest(), data.examples(hadoop)),
        products);
  }

  /** Examples that train. */
  public long trainingExamples() {
    return data.training().size();
  }

  /** Examples that are kept for validation. */
  public int validationExamples() {
    return data.validationExamples();
  }

  /** The configuration's network, started. */
  ComputationGraph start(IsonormConfig config) throws IOException {
    NetworkDefinition definition = Recipe.definition(config, data.manifest());
    ComputationGraph graph = Networks.build(definition);
    start(graph, definition, config);
    return graph;
  }

  private NetworkStart start(
      ComputationGraph graph, NetworkDefinition definition, IsonormConfig config)
      throws IOException {
    try (TuningBar bar = new TuningBar(config.initialization().rule())) {
      return NetworkStart.of(
          graph, definition, config, data.manifest(), data.examples(hadoop), bar);
    }
  }

  /** The data set's name. */
  public String dataset() {
    return data.manifest().dataset();
  }
}
