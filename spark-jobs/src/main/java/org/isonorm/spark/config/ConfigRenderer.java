package org.isonorm.spark.config;

import com.typesafe.config.ConfigUtil;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Writes a tree of records as HOCON, a line a key. */
final class ConfigRenderer {
  private ConfigRenderer() {}

  static String render(Record config) {
    StringBuilder text = new StringBuilder();
    appendComponents(text, config, "");
    return text.toString();
  }

  /** The values of all keys as text. */
  static Map<String, String> values(Record config) {
    Map<String, String> values = new LinkedHashMap<>();
    putValues(values, config, "");
    return values;
  }

  private static void putValues(Map<String, String> values, Record record, String prefix) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String key = prefix + RecordReader.key(component);
      Object value = value(record, component);
      if (value instanceof Record group && !(value instanceof InitGamma)) {
        putValues(values, group, key + ".");
      } else {
        boolean isText = value instanceof String || value instanceof InitGamma;
        values.put(key, isText ? String.valueOf(value) : literal(value));
      }
    }
  }

  private static void appendComponents(StringBuilder text, Record record, String indent) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(record, component);
      text.append(indent).append(RecordReader.key(component));
      if (value instanceof Record group && !(value instanceof InitGamma)) {
        text.append(" {\n");
        appendComponents(text, group, indent + "  ");
        text.append(indent).append("}\n");
      } else {
        text.append(" = ").append(literal(value, indent)).append('\n');
      }
    }
  }

  /** A value as HOCON, in one line. */
  static String literal(Object value) {
    return literal(value, "");
  }

  private static String literal(Object value, String indent) {
    if (value instanceof InitGamma gamma) {
      return quote(gamma);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(e -> literal(e, indent)).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty()
          ? "{}"
          : map.entrySet().stream()
              .map(e -> indent + "  " + quote(e.getKey()) + " = " + mapped(e.getValue()) + "\n")
              .collect(Collectors.joining("", "{\n", indent + "}"));
    }
    if (value instanceof Record element) {
      return Arrays.stream(element.getClass().getRecordComponents())
          .filter(component -> !Optional.empty().equals(value(element, component)))
          .map(
              component ->
                  RecordReader.key(component) + " = " + literal(value(element, component), indent))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof Optional<?> optional) {
      return literal(optional.orElseThrow(), indent);
    }
    if (value instanceof OptionalInt number) {
      return number.isPresent() ? String.valueOf(number.getAsInt()) : "auto";
    }
    if (value instanceof Enum<?> constant) {
      return RecordReader.label(constant);
    }
    if (value instanceof Double number) {
      return Checks.plain(number);
    }
    return value instanceof String text ? quote(text) : String.valueOf(value);
  }

  private static String mapped(Object value) {
    return value instanceof List<?> list
        ? list.stream().map(ConfigRenderer::quote).collect(Collectors.joining(", ", "[", "]"))
        : quote(value);
  }

  private static String quote(Object text) {
    return ConfigUtil.quoteString(String.valueOf(text));
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + component, e);
    }
  }
}
