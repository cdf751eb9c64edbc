package org.isonorm.spark.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Reads JSON files; every error names the file and the line. */
public final class Json {
  /** A diverged run may have left a bare NaN. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private Json() {}

  /**
   * Reads an object.
   *
   * @throws IOException if the file cannot be read or holds none
   */
  public static JsonNode readObject(Path file) throws IOException {
    JsonNode root;
    try {
      root = MAPPER.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s, line %d: %s",
              file,
              e.getLocation().getLineNr(),
              e.getOriginalMessage()),
          e);
    } catch (CharacterCodingException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read %s, line 1: it is not UTF-8", file), e);
    }
    if (!root.isObject()) {
      throw new IOException("Cannot read " + file + ", line 1: not a JSON object");
    }
    return root;
  }

  /**
   * The leaves of a JSON object by dotted key, in the file's order; lists of values in one line.
   */
  public static Map<String, String> flatten(JsonNode root) {
    Map<String, String> leaves = new LinkedHashMap<>();
    flatten("", root, leaves);
    return leaves;
  }

  private static void flatten(String key, JsonNode node, Map<String, String> leaves) {
    if (node.isObject()) {
      node.fields()
          .forEachRemaining(
              field ->
                  flatten(
                      key.isEmpty() ? field.getKey() : key + "." + field.getKey(),
                      field.getValue(),
                      leaves));
    } else if (node.isArray() && isFlat(node)) {
      StringJoiner joined = new StringJoiner(", ");
      node.forEach(element -> joined.add(element.asText()));
      leaves.put(key, joined.toString());
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(key + "[" + i + "]", node.get(i), leaves);
      }
    } else {
      leaves.put(key, node.asText());
    }
  }

  private static boolean isFlat(JsonNode array) {
    for (JsonNode element : array) {
      if (element.isContainerNode()) {
        return false;
      }
    }
    return true;
  }
}
