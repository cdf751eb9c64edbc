package org.isonorm.spark.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that choose a configuration. */
final class ConfigOptions {
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

  /** Whether {@code --config} was given. */
  boolean hasFile() {
    return file != null;
  }

  /** The configuration, where the given settings go before these options. */
  IsonormConfig load(List<Setting> first) {
    return load(Optional.ofNullable(file), first);
  }

  /** The same with a file in place of {@code --config}. */
  IsonormConfig load(Path otherFile, List<Setting> first) {
    return load(Optional.of(otherFile), first);
  }

  private IsonormConfig load(Optional<Path> from, List<Setting> first) {
    return IsonormConfig.loadWith(
        from, Stream.concat(settings.stream().map(Setting::parse), first.stream()).toList());
  }
}
