package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.session.SparkSessions;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that choose a configuration. */
final class ConfigOptions {
  /** Workers that a machine of a single core is asked to run all the same: what examples use. */
  private static final int FEW_WORKERS = 2;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration that states what differs from conf/base.conf.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Visibility.NEVER,
      description = "Sets one key of the configuration, before the file; repeatable.")
  private List<String> settings = new ArrayList<>();

  /** A session in which a configuration's workers train. */
  static SparkSession session(IsonormConfig config) {
    return SparkSessions.open(
        config.spark().appName(),
        config.spark().properties(),
        Math.min(config.averaging().workers(), FEW_WORKERS));
  }

  /** Whether {@code --config} was given. */
  boolean hasFile() {
    return file != null;
  }

  /** The configuration, where the given settings go before these options. */
  IsonormConfig load(List<Setting> first) {
    return load(Optional.ofNullable(file), first);
  }

  /** The same at a scale: {@code --set} goes before it too. */
  IsonormConfig load(List<Setting> first, Scale scale) {
    IsonormConfig full = load(first);
    if (scale == Scale.FULL) {
      return full;
    }
    return IsonormConfig.loadWith(
        Optional.ofNullable(file),
        Stream.concat(scale.settings(full).stream(), settings(first)).toList());
  }

  /** The same with a file in place of {@code --config}. */
  IsonormConfig load(Path otherFile, List<Setting> first) {
    return load(Optional.of(otherFile), first);
  }

  /**
   * Checks that a run that goes on by its own configuration is not asked for another scale.
   *
   * @throws IllegalArgumentException if it is
   */
  void checkScaleOfResumed(Scale scale) {
    if (scale != Scale.FULL && !hasFile()) {
      throw new IllegalArgumentException(
          "Invalid --scale: --resume goes on at the scale the folder has (leave --scale out)");
    }
  }

  /** Prints the configuration's remark, if it has one. */
  static void printNote(IsonormConfig config, PrintWriter writer) {
    if (!config.run().note().isBlank()) {
      writer.println(config.run().note());
    }
  }

  private IsonormConfig load(Optional<Path> from, List<Setting> first) {
    return IsonormConfig.loadWith(from, settings(first).toList());
  }

  private Stream<Setting> settings(List<Setting> first) {
    return Stream.concat(settings.stream().map(Setting::parse), first.stream());
  }
}
