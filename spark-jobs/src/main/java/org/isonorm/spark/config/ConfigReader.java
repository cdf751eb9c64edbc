package org.isonorm.spark.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.isonorm.spark.storage.Storage;

/**
 * Merges settings, file and defaults into one resolved configuration. Every failure names file and
 * line.
 */
final class ConfigReader {
  private static final String DEFAULTS = "base.conf";

  /** Read once, as a configuration of a grid's trial is made from them as well. */
  private static final Config BASE = parseDefaults();

  private ConfigReader() {}

  /** The resolved configuration: settings before file before defaults. */
  static Config read(Optional<Path> file, List<Setting> settings) {
    Config config =
        file.map(ConfigReader::file).orElseGet(ConfigFactory::empty).withFallback(defaults());
    return resolved(config, settings);
  }

  /** A configuration that names every key, changed by settings. */
  static Config parse(String text, List<Setting> settings) {
    try {
      return resolved(
          ConfigFactory.parseString(
              text, ConfigParseOptions.defaults().setOriginDescription("the configuration")),
          settings);
    } catch (ConfigException.Parse e) {
      throw unreadable("Cannot parse config", e);
    }
  }

  private static Config resolved(Config base, List<Setting> settings) {
    Config config = base;
    for (Setting setting : settings) {
      config = config(setting).withFallback(config);
    }
    try {
      return DefinitionFile.read(config.resolve());
    } catch (ConfigException e) {
      throw unreadable("Cannot resolve config", e);
    }
  }

  /** Where a value was written, as the end of a message: {@code " in conf/x.conf, line 12"}. */
  static String place(ConfigOrigin origin) {
    String source = source(origin);
    return source.equals(DEFAULTS) ? ", its default" : " in " + source + line(origin);
  }

  static Config defaults() {
    return BASE;
  }

  private static Config parseDefaults() {
    try (InputStream stream = ConfigReader.class.getResourceAsStream(DEFAULTS);
        Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription(DEFAULTS));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + DEFAULTS + " from the class path", e);
    }
  }

  private static Config file(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Cannot read config %s: %s",
              file,
              Files.isDirectory(file) ? "it is a folder" : "no such file"));
    }
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Cannot read config %s: permission denied", file));
    }
    ConfigParseOptions options = ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF);
    try {
      return Storage.isRemote(file)
          ? ConfigFactory.parseString(
              Files.readString(file), options.setOriginDescription(file.toString()))
          : ConfigFactory.parseFile(file.toFile(), options);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read config " + file, e);
    } catch (ConfigException e) {
      throw unreadable("Cannot parse config", e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Cannot parse config %s: its groups are nested too deeply", file),
          e);
    }
  }

  private static Config config(Setting setting) {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setOriginDescription(setting.origin());
    try {
      List<String> path = ConfigUtil.splitPath(setting.key());
      String value = setting.value();
      boolean structured = value.startsWith("[") || value.startsWith("{") || value.startsWith("\"");
      ConfigValue parsed =
          structured
              // An assignment has no lines.
              ? ConfigFactory.parseString("value = " + value, options)
                  .getValue("value")
                  .withOrigin(ConfigOriginFactory.newSimple(setting.origin()))
              : ConfigValueFactory.fromAnyRef(value, setting.origin());
      return parsed.atPath(ConfigUtil.joinPath(path));
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s=%s (not HOCON: %s)",
              setting.origin(),
              setting.key(),
              setting.value(),
              withoutOrigin(e)),
          e);
    }
  }

  private static IllegalArgumentException unreadable(String what, ConfigException e) {
    String place = e.origin() == null ? "" : " " + source(e.origin()) + line(e.origin());
    return new IllegalArgumentException(what + place + ": " + withoutOrigin(e), e);
  }

  /**
   * The file of an origin, whose description reads "conf/x.conf: 12", or "merge of …,…" for merged
   * values.
   */
  private static String source(ConfigOrigin origin) {
    return origin
        .description()
        .replaceFirst("^merge of ", "")
        .replaceFirst(",.*", "")
        .replaceFirst(": \\d+(-\\d+)?$", "");
  }

  private static String line(ConfigOrigin origin) {
    return origin.lineNumber() > 0 ? ", line " + origin.lineNumber() : "";
  }

  private static String withoutOrigin(ConfigException e) {
    String message = e.getMessage();
    String origin = e.origin() == null ? "" : e.origin().description() + ": ";
    return message.startsWith(origin) ? message.substring(origin.length()) : message;
  }
}
