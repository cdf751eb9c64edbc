package org.isonorm.spark.api;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;

/**
 * The settings of a run: the keys of {@code conf/base.conf}, of which you state those that differ
 * from their defaults. Immutable.
 */
public final class RunSettings {
  private static final String IN_CODE = "RunSettings.with";

  private final Supplier<IsonormConfig> base;
  private final List<Setting> settings;

  private RunSettings(Supplier<IsonormConfig> base, List<Setting> settings) {
    this.base = base;
    this.settings = List.copyOf(settings);
  }

  /** Every key at its default. */
  public static RunSettings defaults() {
    return new RunSettings(() -> IsonormConfig.load(Optional.empty(), List.of()), List.of());
  }

  /**
   * The settings of a HOCON file, which states what differs from the defaults. The file is read
   * when the settings are used.
   */
  public static RunSettings load(Path file) {
    return new RunSettings(() -> IsonormConfig.load(Optional.of(file), List.of()), List.of());
  }

  /** The settings of a checked configuration: what the command line makes of its options. */
  public static RunSettings of(IsonormConfig config) {
    return new RunSettings(() -> config, List.of());
  }

  /**
   * These settings with another value of a key, as in {@code with("optimizer.learning-rate", 0.05)}
   * or {@code with("optimizer.step-epochs", "[10, 20]")}.
   *
   * @param value a number, a boolean, or text as it stands behind {@code =} in a file
   */
  public RunSettings with(String key, Object value) {
    List<Setting> more = new ArrayList<>(settings);
    more.add(
        new Setting(
            Objects.requireNonNull(key), String.valueOf(Objects.requireNonNull(value)), IN_CODE));
    return new RunSettings(base, more);
  }

  /**
   * These settings with a network of one's own in place of {@code network.name}.
   *
   * @param name what files and messages call it
   * @param configuration of DL4J's own layers that have a fast form, which {@code docs/networks.md}
   *     lists; how the network starts and learns is said by other keys
   */
  public RunSettings network(String name, ComputationGraphConfiguration configuration) {
    return network(name, configuration.toJson());
  }

  /** As above, of a list of layers. */
  public RunSettings network(String name, MultiLayerConfiguration configuration) {
    return network(name, configuration.toJson());
  }

  private RunSettings network(String name, String drawing) {
    return with("network.definition", ConfigUtil.quoteString(drawing)).with("network.name", name);
  }

  /**
   * The checked configuration.
   *
   * @throws IllegalArgumentException in one sentence with file or key, value and remedy, if the
   *     file cannot be read, a key is unknown or a value is bad
   */
  IsonormConfig config() {
    IsonormConfig config = base.get();
    return settings.isEmpty() ? config : config.with(settings);
  }

  /**
   * All settings as HOCON, defaults included, as a run's config.conf has them.
   *
   * @throws IllegalArgumentException as training with them does, if one is bad
   */
  public String render() {
    return config().render();
  }
}
