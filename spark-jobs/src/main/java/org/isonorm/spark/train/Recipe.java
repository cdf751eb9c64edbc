package org.isonorm.spark.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.step.GradientClipping;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.averaging.SlowWeights;
import org.isonorm.spark.config.DataConfig.Residence;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.OptimizerConfig;
import org.isonorm.spark.data.ExampleAccess;
import org.isonorm.spark.data.ShardBatches;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.data.WorkerBatching;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.preflight.MemoryDemand;
import org.isonorm.spark.preflight.Residency;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.schedule.Plateau;

/**
 * What a run does, checked: all that follows from its configuration and its data set, and nothing
 * of where it runs. Made on the driver and, for runs in one task, again on the executor.
 *
 * @param mode who carries out its rounds
 * @param config the configuration
 * @param data the data set, and what of it is for what
 * @param definition the network, for the images and classes of the data set
 * @param optimizer the optimizer's constants
 * @param workers that share a global batch: 1 in one task
 * @param stepsPerEpoch local steps of a worker: those of the largest shard
 * @param schedule the learning rate of every local step
 */
record Recipe(
    TrainingMode mode,
    IsonormConfig config,
    TrainingData data,
    NetworkDefinition definition,
    OptimizerSettings optimizer,
    int workers,
    int stepsPerEpoch,
    LearningRateSchedule schedule) {

  /**
   * A run's recipe.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if configuration and data set
   *     cannot work together
   * @throws UnsupportedOperationException if the mode cannot do what the configuration asks for
   */
  static Recipe of(TrainingMode mode, IsonormConfig config, TrainingData data) {
    mode.check(config);
    checkValidated(config, data.validationExamples());
    config.augmentation().settings().check(seen(config, data.manifest()));
    NetworkDefinition definition = definition(config, data.manifest());
    checkFallback(config, definition);
    int workers = mode == TrainingMode.TASK ? 1 : config.averaging().workers();
    int batchSize = config.training().globalBatchSize() / workers;
    checkShards(config, data.training().size(), workers);
    long largest = (data.training().size() + workers - 1) / workers;
    int steps = ShardBatches.steps(Math.toIntExact(largest), batchSize);
    return new Recipe(
        mode,
        config,
        data,
        definition,
        optimizer(config, definition, steps),
        workers,
        steps,
        config.optimizerPerStep().schedule(steps, config.training().epochs()));
  }

  /**
   * Checks what can be without a cluster, as {@link #of} does.
   *
   * @param data none where it is yet to be drawn
   */
  static void check(TrainingMode mode, IsonormConfig config, Optional<TrainingData> data) {
    if (data.isPresent()) {
      of(mode, config, data.get());
      return;
    }
    mode.check(config);
    checkValidated(config, config.data().heldOut());
    optimizer(config, config.networkDefinition(), /* stepsPerEpoch= */ 1);
    int left = config.data().synthetic().trainExamples() - config.data().heldOut();
    int most = config.data().trainingExamples();
    checkShards(
        config,
        most == 0 ? left : Math.min(most, left),
        mode == TrainingMode.TASK ? 1 : config.averaging().workers());
  }

  /** The network a configuration asks for, for the images and classes of a data set. */
  static NetworkDefinition definition(IsonormConfig config, DatasetManifest manifest) {
    ImageShape seen = seen(config, manifest);
    return config
        .network()
        .definition(manifest.classes())
        .withImage(seen.height(), seen.width(), seen.channels());
  }

  private static ImageShape seen(IsonormConfig config, DatasetManifest manifest) {
    return config.data().crop().of(manifest.shape());
  }

  /**
   * The constants of a configuration's optimizer, for a network that may start as it says.
   *
   * @param stepsPerEpoch of a worker, by which rules begin
   * @throws IllegalArgumentException in one sentence, if they cannot work together
   */
  static OptimizerSettings optimizer(
      IsonormConfig config, NetworkDefinition definition, int stepsPerEpoch) {
    OptimizerConfig optimizer = config.optimizerPerStep();
    List<ParameterRule> rules = new ArrayList<>(definition.optimizerRules());
    rules.addAll(optimizer.rules(stepsPerEpoch));
    ParameterRule.check(rules, definition);
    OptimizerSettings settings =
        new OptimizerSettings(
            optimizer.learningRate(),
            optimizer.stepMethod(),
            optimizer.weightDecay(),
            optimizer.decay(),
            rules,
            new GradientClipping(optimizer.clipNorm(), optimizer.adaptiveClipping()),
            Networks.frozen(definition, optimizer.frozen()),
            optimizer.fixedNorm(),
            /* step= */ 1);
    EquilibriumStart.check(config, definition, settings);
    return settings;
  }

  /** Refuses what DL4J's own layers do not do. */
  private static void checkFallback(IsonormConfig config, NetworkDefinition definition) {
    if (!Networks.fallsBack(definition)) {
      return;
    }
    if (!config.optimizer().frozen().isEmpty()) {
      throw ofFastLayersAlone("optimizer.frozen", config.optimizer().frozen(), definition);
    }
    if (Precision.parse(config.training().precision()) != Precision.FLOAT32) {
      throw ofFastLayersAlone("training.precision", config.training().precision(), definition);
    }
    if (!config.initialization().from().isEmpty()) {
      throw ofFastLayersAlone("initialization.from", config.initialization().from(), definition);
    }
  }

  private static UnsupportedOperationException ofFastLayersAlone(
      String key, Object value, NetworkDefinition definition) {
    return new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported: %s = %s with network.fallback = dl4j (%s computes with DL4J's own layers; leave it out)",
            key,
            value,
            definition.name()));
  }

  private static void checkValidated(IsonormConfig config, int validationExamples) {
    if (validationExamples > 0) {
      return;
    }
    if (config.training().patience() > 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid training.patience: %d (must be 0 without validation examples; set"
                  + " data.validation-examples)",
              config.training().patience()));
    }
    if (config.optimizer().plateauOfRate().isPresent()) {
      throw new IllegalArgumentException(
          "Invalid optimizer.schedule: plateau (needs validation examples; set"
              + " data.validation-examples)");
    }
  }

  private static void checkShards(IsonormConfig config, long examples, int workers) {
    int batchSize = config.training().globalBatchSize() / workers;
    long smallest = examples / workers;
    if (batchSize > smallest) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid training.global-batch-size: %d is %s for each of %s, but a worker's shard"
                  + " has %d (must be at most %d)",
              config.training().globalBatchSize(),
              Plural.of(batchSize, "example"),
              Plural.of(workers, "worker"),
              smallest,
              smallest * workers));
    }
  }

  /** Examples of one local step of one worker. */
  int workerBatchSize() {
    return config.training().globalBatchSize() / workers;
  }

  /**
   * Threads of each worker's kernels.
   *
   * @param runs runs that share this cluster's cores at a time
   */
  int threads(JavaSparkContext spark, int runs) {
    int threads = config.training().threadsPerWorker();
    if (threads > 0) {
      return threads;
    }
    return spark.isLocal()
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / (workers * runs))
        : Integer.parseInt(spark.getConf().get("spark.task.cpus", "1"));
  }

  /** Memory that it takes where its examples are resident. */
  MemoryDemand memory() {
    return mode == TrainingMode.TASK
        ? MemoryDemand.ofTrial(config, definition, data)
        : MemoryDemand.ofAveraging(config, definition, data);
  }

  /**
   * Where its examples are while it trains.
   *
   * @param memory as above
   * @param room of an executor
   * @param begun whether they are streamed in a run that goes on
   */
  Residency residency(MemoryDemand memory, Residency.Room room, Optional<Boolean> begun) {
    if (mode == TrainingMode.STOCK) {
      return Residency.resident(memory, room, "averaging.engine = dl4j");
    }
    long window = MemoryDemand.window(config, data, workers);
    return begun.isPresent() && config.data().residence() == Residence.AUTO
        ? Residency.asBegun(begun.get(), config.data(), memory, window, room)
        : Residency.of(config.data(), memory, window, room);
  }

  /** How its executors have their examples. */
  ExampleAccess access(boolean streamed) {
    return new ExampleAccess(data.manifest(), streamed, config.data().shuffleWindow());
  }

  /** How its workers' examples become batches. */
  WorkerBatching batching() {
    return new WorkerBatching(
        BatchAssembler.of(data.manifest(), config.data().crop(), config.augmentation().settings()),
        workerBatchSize(),
        config.run().seed());
  }

  /** Whether training ends here, before its last epoch, because none got better for so long. */
  boolean stopsEarly(TrainingState state) {
    return config.training().stopsEarly(state.progress().epoch(), state.bestEpoch());
  }

  /** The learning rate of every step from a state on, until the next evaluation. */
  LongToDoubleFunction learningRates(TrainingState state) {
    double factor = plateau().map(each -> each.factorOf(state.plateau())).orElse(1.);
    return step -> factor * schedule.at(step);
  }

  /**
   * A state after an epoch, with what its evaluation means for the learning rate.
   *
   * @param evaluation null where the epoch was not evaluated
   */
  TrainingState evaluated(TrainingState state, Evaluation evaluation) {
    // An epoch that is evaluated only because a trial pauses after it does not count.
    if (evaluation == null || !config.training().evaluatesAfter(state.progress().epoch())) {
      return state;
    }
    return plateau()
        .map(each -> state.withPlateau(each.after(state.plateau(), evaluation.top1Accuracy())))
        .orElse(state);
  }

  private Optional<Plateau> plateau() {
    return config.optimizerPerStep().plateauOfRate();
  }

  /** The point before its first step, of a network that is initialized. */
  TrainingPoint start(ComputationGraph graph) {
    return new TrainingPoint(
        slowWeights()
            .start(
                ModelState.start(
                    FlatParameters.toBytes(graph.params()), optimizer.method().hasSecondMoments())),
        TrainingState.start(definition, data.manifest().dataset(), config.run().seed()));
  }

  /** What is averaged of the parameters over the steps. */
  SlowWeights slowWeights() {
    OptimizerConfig keys = config.optimizer();
    if (keys.lookahead().steps() > 0) {
      return new SlowWeights.Lookahead(
          keys.lookahead().steps(),
          keys.lookahead().decay(),
          keys.lookahead().decayPower(),
          (long) stepsPerEpoch * config.training().epochs());
    }
    return keys.emaDecay() > 0
        ? new SlowWeights.MovingAverage(keys.emaDecay())
        : new SlowWeights.None();
  }

  /**
   * What the learning rate of each layer's weights is multiplied by at a step: 0 of frozen ones.
   *
   * @param step from 1
   */
  Map<String, Double> learningRateFactors(long step) {
    Map<String, Double> factors =
        new HashMap<>(
            ParameterRule.learningRateFactors(
                ParameterRule.at(step, optimizer.rules()), definition));
    factors.replaceAll(
        (layer, factor) ->
            optimizer.frozen().contains(layer, ParameterKind.CONVOLUTION) ? 0 : factor);
    return factors;
  }

  Precision precision() {
    return Precision.parse(config.training().precision());
  }
}
