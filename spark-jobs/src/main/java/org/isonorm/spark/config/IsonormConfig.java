package org.isonorm.spark.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.init.Initialization;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.OptimizerConfig.Method;

/**
 * The configuration of a run; {@code conf/base.conf} documents it. Immutable; lives on the driver.
 *
 * <p>Every message of a bad setting names its key and says where it was written.
 */
public record IsonormConfig(
    RunConfig run,
    DataConfig data,
    AugmentationConfig augmentation,
    NetworkConfig network,
    InitializationConfig initialization,
    OptimizerConfig optimizer,
    TrainingConfig training,
    AveragingConfig averaging,
    GridConfig grid,
    SparkConfig spark) {
  public IsonormConfig {
    Checks.check(
        training.globalBatchSize() % averaging.workers() == 0,
        "training.global-batch-size",
        training.globalBatchSize(),
        "must be a multiple of averaging.workers = " + averaging.workers());
    Checks.check(
        optimizer.warmupEpochs() <= training.epochs(),
        "optimizer.warmup-epochs",
        Checks.plain(optimizer.warmupEpochs()),
        "must be <= training.epochs = " + training.epochs());
    Checks.check(
        optimizer.lastSchedulePoint() <= training.epochs(),
        SchedulePointConfig.KEY,
        ConfigRenderer.literal(optimizer.schedulePoints()),
        "its last epoch must be <= training.epochs = " + training.epochs());
    Checks.check(
        !(initialization.initGamma() instanceof InitGamma.Auto && optimizer.method() != Method.SGD),
        "initialization.init-gamma",
        initialization.initGamma(),
        "must be a number or paper with optimizer.method = "
            + RecordReader.label(optimizer.method())
            + ": auto is reckoned from the learning rates of sgd");
    Checks.check(
        !(initialization.initGamma() instanceof InitGamma.Equilibrium
            && optimizer.method() != Method.SGD),
        "initialization.init-gamma",
        initialization.initGamma(),
        "must be a number or paper with optimizer.method = "
            + RecordReader.label(optimizer.method())
            + ": the equilibrium is that of sgd");
    initialization.checkPaperHas(network.name(), data.dataset().id());
    initialization.checkTunes(network.name());
  }

  /**
   * Loads a configuration: the settings go before the file, the file before the defaults of {@code
   * conf/base.conf}.
   *
   * @param file HOCON file that states what differs from the defaults
   * @param settings assignments {@code key=value}, of which later ones win
   * @throws IllegalArgumentException if the file cannot be read, a key is unknown or a value is
   *     bad; the message names file, line, key and remedy
   */
  public static IsonormConfig load(Optional<Path> file, List<String> settings) {
    return loadWith(file, settings.stream().map(Setting::parse).toList());
  }

  /** As {@link #load}, with settings that know where they were written. */
  public static IsonormConfig loadWith(Optional<Path> file, List<Setting> settings) {
    return new RecordReader(ConfigReader.read(file, settings)).read(IsonormConfig.class);
  }

  /**
   * Reads back what {@link #render} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static IsonormConfig parse(String rendered) {
    return new RecordReader(ConfigReader.parse(rendered, List.of())).read(IsonormConfig.class);
  }

  /**
   * This configuration with other values, checked as {@link #load} does.
   *
   * @throws IllegalArgumentException if a key is unknown or a value is bad; the message names the
   *     setting's origin
   */
  public IsonormConfig with(List<Setting> settings) {
    return new RecordReader(ConfigReader.parse(render(), settings)).read(IsonormConfig.class);
  }

  /** This configuration with another optimizer. */
  public IsonormConfig withOptimizer(OptimizerConfig other) {
    return new IsonormConfig(
        run, data, augmentation, network, initialization, other, training, averaging, grid, spark);
  }

  /** This configuration with the default group {@code grid}: that of one run. */
  public IsonormConfig withoutGrid() {
    GridConfig none = loadWith(Optional.empty(), List.of()).grid();
    return new IsonormConfig(
        run,
        data,
        augmentation,
        network,
        initialization,
        optimizer,
        training,
        averaging,
        none,
        spark);
  }

  /**
   * This configuration under the Spark properties, timeouts, times of checkpoints and threads of
   * another one, which do not change what a run computes, but for the last digits of sums.
   */
  public IsonormConfig onClusterOf(IsonormConfig other) {
    return new IsonormConfig(
        run,
        data,
        augmentation,
        network,
        initialization,
        optimizer,
        training.onMachineOf(other.training),
        new AveragingConfig(
            averaging.engine(),
            averaging.workers(),
            averaging.frequency(),
            averaging.aggregationGroup(),
            other.averaging.roundTimeoutSeconds(),
            averaging.transport()),
        grid,
        new SparkConfig(spark.appName(), other.spark.properties()));
  }

  /** This configuration with its data set at another place. */
  public IsonormConfig withDataPath(String path) {
    DataConfig moved =
        new DataConfig(
            data.dataset(),
            path,
            data.validationExamples(),
            data.trainingExamples(),
            data.centerCrop(),
            data.residence(),
            data.shuffleWindow(),
            data.synthetic());
    return new IsonormConfig(
        run,
        moved,
        augmentation,
        network,
        initialization,
        optimizer,
        training,
        averaging,
        grid,
        spark);
  }

  /** Whether the values of a key are lists, as those of {@code optimizer.step-epochs}. */
  public static boolean isList(String key) {
    return RecordReader.isList(IsonormConfig.class, key);
  }

  /** The values of all keys as text, in the order of {@code conf/base.conf}. */
  public Map<String, String> values() {
    return ConfigRenderer.values(this);
  }

  /** The network, with as many classes as the data set has and for images of its size. */
  public NetworkDefinition networkDefinition() {
    ImageShape shape = data.shape();
    return network
        .definition(data.classes())
        .withImage(shape.height(), shape.width(), shape.channels());
  }

  /** The same for square images of another size. */
  public NetworkDefinition networkDefinition(int side) {
    return network.definition(data.classes()).withImage(side, side, data.shape().channels());
  }

  /** The optimizer with learning rate and weight decay as a step has them. */
  public OptimizerConfig optimizerPerStep() {
    return optimizer.perStep(training.globalBatchSize());
  }

  /** How a network starts, at this data set and learning rate. */
  public Initialization initializationOf(NetworkDefinition definition) {
    return initialization.choose(
        definition, data.dataset().id(), optimizerPerStep().learningRate());
  }

  /** Examples of one local step of one worker. */
  public int workerBatchSize() {
    return training.globalBatchSize() / averaging.workers();
  }

  /**
   * The whole configuration as HOCON, group by group, which {@link #load} reads back as an equal
   * configuration.
   */
  public String render() {
    return ConfigRenderer.render(this);
  }

  /**
   * The configuration for a file that a run leaves behind: as {@link #render}, but Spark properties
   * that hold credentials are named only.
   */
  public String renderWithoutSecrets() {
    Map<String, String> open = new TreeMap<>(spark.properties());
    StringBuilder withheld = new StringBuilder();
    spark
        .properties()
        .forEach(
            (name, value) -> {
              if (Secrets.isSecret(name, value)) {
                open.remove(name);
                withheld.append(
                    String.format(
                        Locale.ROOT,
                        "# Withheld: spark.properties.\"%s\"; give it again to go on with this.%n",
                        name));
              }
            });
    IsonormConfig shown =
        new IsonormConfig(
            run,
            data,
            augmentation,
            network,
            initialization,
            optimizer,
            training,
            averaging,
            grid,
            new SparkConfig(spark.appName(), open));
    return withheld + shown.render();
  }
}
