package org.isonorm.spark.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.storage.Storage;

/**
 * The file of {@code network.definition}, whose text takes its place: a run's configuration then
 * says by itself what was trained, wherever the file is later. The network is called as the file.
 */
final class DefinitionFile {
  private static final String GROUP = "network";
  private static final String DEFINITION = "definition";
  private static final String LAYERS = "layers";
  private static final String NAME = "name";

  /** What a network is called whose drawing came without a file. */
  private static final String UNNAMED = "own";

  private DefinitionFile() {}

  /**
   * The configuration with the text in place of the file.
   *
   * @throws IllegalArgumentException if the file cannot be read
   */
  static Config read(Config config) {
    if (!(config.root().get(GROUP) instanceof ConfigObject group)
        || !isText(group.get(DEFINITION))
        || !isText(group.get(NAME))) {
      return config;
    }
    ConfigValue value = group.get(DEFINITION);
    String text = ((String) value.unwrapped()).strip();
    String name = (String) group.get(NAME).unwrapped();
    if (text.isEmpty()) {
      return listed(config, group, name);
    }
    boolean inline = text.startsWith("{");
    Path file = inline ? Path.of(UNNAMED) : find(text, value.origin());
    String drawing = inline ? text : compact(text(file, text, value));
    String called =
        inline && !NetworkDefinition.isKnown(name) ? name : file.getFileName().toString();
    return config
        .withValue(
            GROUP + "." + DEFINITION,
            ConfigValueFactory.fromAnyRef(drawing).withOrigin(value.origin()))
        .withValue(
            GROUP + "." + NAME, ConfigValueFactory.fromAnyRef(called).withOrigin(value.origin()));
  }

  /** A list of layers is no network that is known by its name. */
  private static Config listed(Config config, ConfigObject group, String name) {
    return group.get(LAYERS) instanceof ConfigList layers
            && !layers.isEmpty()
            && NetworkDefinition.isKnown(name)
        ? config.withValue(
            GROUP + "." + NAME, ConfigValueFactory.fromAnyRef(UNNAMED).withOrigin(layers.origin()))
        : config;
  }

  private static boolean isText(ConfigValue value) {
    return value != null && value.valueType() == ConfigValueType.STRING;
  }

  /** From where the process runs, or else beside the configuration that names it. */
  private static Path find(String text, ConfigOrigin origin) {
    Path file = Storage.path(text);
    if (origin.filename() == null || file.isAbsolute() || Files.exists(file)) {
      return file;
    }
    Path beside = Path.of(origin.filename()).resolveSibling(text);
    return Files.exists(beside) ? beside : file;
  }

  private static String text(Path file, String written, ConfigValue value) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid network.definition: %s%s (must be a file that can be read: %s)",
              written,
              ConfigReader.place(value.origin()),
              Files.exists(file) ? Unreadable.reason(e) : "no such file"),
          e);
    }
  }

  /** In one line; as it is where it is no JSON, which its reader tells. */
  private static String compact(String json) {
    try {
      return new ObjectMapper().readTree(json).toString();
    } catch (JsonProcessingException e) {
      return json;
    }
  }
}
