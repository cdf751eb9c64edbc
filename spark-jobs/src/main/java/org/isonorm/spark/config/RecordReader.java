package org.isonorm.spark.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isonorm.init.NearestName;

/**
 * Reads a resolved configuration into a tree of records: the component {@code learningRate} of the
 * record of group {@code optimizer} is key {@code optimizer.learning-rate}.
 */
final class RecordReader {
  private final Config config;

  RecordReader(Config config) {
    this.config = config;
  }

  /**
   * The records of the configuration.
   *
   * @throws IllegalArgumentException if a key is unknown or a value is bad; the message says where
   *     it was written
   */
  <R extends Record> R read(Class<R> type) {
    rejectUnknownKeys(type, config.root(), "", type);
    try {
      return type.cast(record(type, ""));
    } catch (InvalidSettingException e) {
      throw new IllegalArgumentException(e.getMessage() + place(e.key()), e);
    }
  }

  /**
   * The keys of a tree of records, such as {@code averaging.frequency}, in the order of its
   * components.
   */
  static List<String> keys(Class<?> type) {
    return keys(type, "").toList();
  }

  /** Whether the values of a key of a tree of records are lists. */
  static boolean isList(Class<?> type, String key) {
    int dot = key.indexOf('.');
    String first = dot < 0 ? key : key.substring(0, dot);
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> key(component).equals(first))
        .anyMatch(
            component ->
                component.getType().isRecord()
                    ? dot > 0 && isList(component.getType(), key.substring(dot + 1))
                    : dot < 0 && component.getType() == List.class);
  }

  /** The key of a record's component. */
  static String key(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** How an enum's constant is written. */
  static String label(Enum<?> constant) {
    return constant.name().replace('_', '-').toLowerCase(Locale.ROOT);
  }

  private static Stream<String> keys(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            component -> {
              String key = prefix + key(component);
              return component.getType().isRecord()
                  ? keys(component.getType(), key + ".")
                  : Stream.of(key);
            });
  }

  private static Stream<String> groups(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> component.getType().isRecord())
        .flatMap(
            component -> {
              String key = prefix + key(component);
              return Stream.concat(Stream.of(key), groups(component.getType(), key + "."));
            });
  }

  private static void rejectUnknownKeys(
      Class<?> type, ConfigObject object, String prefix, Class<?> root) {
    Map<String, RecordComponent> known =
        Arrays.stream(type.getRecordComponents())
            .collect(Collectors.toMap(component -> key(component), component -> component));
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String key = prefix + entry.getKey();
      RecordComponent component = known.get(entry.getKey());
      if (component == null) {
        boolean group = entry.getValue().valueType() == ConfigValueType.OBJECT;
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Unknown key '%s'%s (did you mean '%s'?)",
                key,
                writtenIn(entry.getValue()),
                nearest(key, (group ? groups(root, "") : keys(root, "")).toList())));
      }
      if (component.getType().isRecord() && entry.getValue() instanceof ConfigObject group) {
        rejectUnknownKeys(component.getType(), group, key + ".", root);
      }
    }
  }

  /** The key most like the given one, of several that in the fewest groups. */
  static String nearest(String key, List<String> keys) {
    return keys.stream()
        .min(
            Comparator.<String>comparingDouble(candidate -> unlikeness(key, candidate))
                .thenComparingLong(candidate -> candidate.chars().filter(c -> c == '.').count()))
        .orElseThrow();
  }

  /**
   * Share of the last part's letters to edit, and three tenths of all of them for another group.
   */
  private static double unlikeness(String key, String candidate) {
    String wrong = lastPart(key);
    String right = lastPart(candidate);
    double group = groupOf(key).equals(groupOf(candidate)) ? 0 : .3;
    if (wrong.equals(initials(right))) {
      return group;
    }
    return group
        + (double) NearestName.distance(wrong, right) / Math.max(wrong.length(), right.length());
  }

  /** The lr of learning-rate. */
  private static String initials(String name) {
    return name.replaceAll("([a-z0-9])[a-z0-9]*-?", "$1");
  }

  private static String groupOf(String key) {
    return key.substring(0, Math.max(0, key.lastIndexOf('.')));
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  private Record record(Class<?> type, String prefix) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String key = prefix + key(components[i]);
      values[i] = value(components[i].getGenericType(), components[i].getType(), key);
    }
    return create(type, values);
  }

  private static Record create(Class<?> type, Object... values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return (Record) constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof InvalidSettingException invalid) {
        throw invalid;
      }
      throw new IllegalStateException("Cannot create " + type.getName(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot create " + type.getName(), e);
    }
  }

  private Object value(Type generic, Class<?> type, String key) {
    if (type.isRecord()) {
      require(
          at(key) instanceof ConfigObject,
          key,
          "must be a group, as in " + lastPart(key) + " { … }");
      return record(type, key + ".");
    }
    if (type == Map.class) {
      Type valueType = ((ParameterizedType) generic).getActualTypeArguments()[1];
      return valueType == String.class ? texts(key) : axes(key);
    }
    if (type == List.class) {
      Type element = ((ParameterizedType) generic).getActualTypeArguments()[0];
      require(at(key) instanceof ConfigList, key, "must be a list, as in [1, 2]");
      List<Object> elements = new ArrayList<>();
      for (ConfigValue value : (ConfigList) at(key)) {
        elements.add(
            ((Class<?>) element).isRecord()
                ? element((Class<?>) element, value, key)
                : scalar((Class<?>) element, value, key));
      }
      return elements;
    }
    return scalar(type, at(key), key);
  }

  /** A group within a list; its optional components may be left out. */
  private Record element(Class<?> type, ConfigValue value, String key) {
    RecordComponent[] components = type.getRecordComponents();
    List<String> names = Arrays.stream(components).map(RecordReader::key).toList();
    if (!(value instanceof ConfigObject object)) {
      throw new InvalidSettingException(
          key, shown(key), "must be a list of groups of " + String.join(", ", names));
    }
    for (String name : object.keySet()) {
      if (!names.contains(name)) {
        throw new InvalidSettingException(
            key,
            String.format(
                Locale.ROOT,
                "Unknown key '%s' in %s (did you mean '%s'?)",
                name,
                key,
                nearest(name, names)));
      }
    }
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      ConfigValue part = object.get(names.get(i));
      if (components[i].getType() == Optional.class) {
        Type wrapped =
            ((ParameterizedType) components[i].getGenericType()).getActualTypeArguments()[0];
        Class<?> plain = wrapped == Double.class ? double.class : (Class<?>) wrapped;
        values[i] = Optional.ofNullable(part).map(given -> scalar(plain, given, key));
      } else {
        require(part != null, key, "each must have " + names.get(i));
        values[i] = scalar(components[i].getType(), part, key);
      }
    }
    return create(type, values);
  }

  private Object scalar(Class<?> type, ConfigValue value, String key) {
    String text = value.valueType() == ConfigValueType.NULL ? null : text(value);
    if (type == String.class) {
      require(text != null, key, "must be text");
      return text;
    }
    if (type == boolean.class) {
      require("true".equals(text) || "false".equals(text), key, "must be true or false");
      return Boolean.valueOf(text);
    }
    if (type.isEnum()) {
      return constant(type, text, key);
    }
    if (type == double.class || type == Double.class) {
      return number(text, key, "must be a number").doubleValue();
    }
    if (type == InitGamma.class) {
      return InitGamma.parse(key, text);
    }
    if (type == OptionalInt.class) {
      return "auto".equals(text)
          ? OptionalInt.empty()
          : OptionalInt.of((int) scalar(int.class, value, key));
    }
    try {
      BigDecimal number = number(text, key, "must be a whole number");
      if (type == long.class) {
        return number.longValueExact();
      }
      return number.intValueExact();
    } catch (ArithmeticException e) {
      throw new InvalidSettingException(
          key,
          shown(key),
          "must be a whole number of at most " + (type == long.class ? 64 : 32) + " bits");
    }
  }

  private BigDecimal number(String text, String key, String requirement) {
    try {
      return new BigDecimal(text == null ? "" : text);
    } catch (NumberFormatException e) {
      throw new InvalidSettingException(key, shown(key), requirement);
    }
  }

  private Object constant(Class<?> type, String text, String key) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(label((Enum<?>) constant), constant);
    }
    if (!constants.containsKey(text)) {
      String valid = String.join(", ", constants.keySet());
      throw new InvalidSettingException(
          key,
          shown(key),
          text == null
              ? "must be one of " + valid
              : String.format(
                  Locale.ROOT,
                  "did you mean %s? valid: %s",
                  NearestName.of(text, constants.keySet()),
                  valid));
    }
    return constants.get(text);
  }

  /** A group of any keys, with the path of each as one text. */
  private Map<String, String> texts(String key) {
    require(
        at(key) instanceof ConfigObject, key, "must be a group, as in " + lastPart(key) + " { … }");
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : ((ConfigObject) at(key)).toConfig().entrySet()) {
      String name = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      String text = text(entry.getValue());
      require(text != null, key, name + " must be text or a number");
      texts.put(name, text);
    }
    return texts;
  }

  /** A group of any keys, each with a list of values or a range. */
  private Map<String, List<String>> axes(String key) {
    require(
        at(key) instanceof ConfigObject,
        key,
        "must be a group, as in " + lastPart(key) + " { run.seed = [1, 2] }");
    Map<String, List<String>> axes = new TreeMap<>();
    putAxes(axes, key, "", (ConfigObject) at(key));
    return axes;
  }

  private void putAxes(
      Map<String, List<String>> axes, String key, String prefix, ConfigObject group) {
    for (Map.Entry<String, ConfigValue> entry : group.entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof ConfigObject inner && !inner.containsKey("from")) {
        putAxes(axes, key, name + ".", inner);
      } else if (entry.getValue() instanceof ConfigObject range) {
        axes.put(name, range(key, name, range));
      } else {
        require(
            entry.getValue() instanceof ConfigList,
            key,
            name + " must be a list, as in [1, 2], or { from = 0.1, to = 10, count = 3 }");
        List<String> values = new ArrayList<>();
        boolean lists = isList(IsonormConfig.class, name);
        for (ConfigValue value : (ConfigList) entry.getValue()) {
          String text =
              lists && value instanceof ConfigList
                  ? value.render(ConfigRenderOptions.concise())
                  : text(value);
          require(
              text != null,
              key,
              name
                  + (lists
                      ? " must hold lists, as in [[1], [1, 2]]"
                      : " must hold numbers or texts alone"));
          values.add(text);
        }
        axes.put(name, values);
      }
    }
  }

  private List<String> range(String key, String name, ConfigObject range) {
    String remedy = name + " must be { from = 0.1, to = 10, count = 3 }, with from and to > 0";
    try {
      Config values = range.toConfig();
      require(range.keySet().equals(Set.of("from", "to", "count")), key, remedy);
      return LogarithmicRange.values(
          values.getDouble("from"), values.getDouble("to"), values.getInt("count"));
    } catch (ConfigException | IllegalArgumentException e) {
      throw e instanceof InvalidSettingException invalid
          ? invalid
          : new InvalidSettingException(key, shown(key), remedy);
    }
  }

  /** The text of a scalar as it was written, or null if it is a list or a group. */
  private static String text(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> value.atKey("value").getString("value");
      case OBJECT, LIST, NULL -> null;
    };
  }

  private ConfigValue at(String key) {
    ConfigValue value = config.root();
    for (String part : ConfigUtil.splitPath(key)) {
      value = ((ConfigObject) value).get(part);
    }
    return value;
  }

  private void require(boolean condition, String key, String requirement) {
    if (!condition) {
      throw new InvalidSettingException(key, shown(key), requirement);
    }
  }

  private String shown(String key) {
    return at(key).valueType() == ConfigValueType.STRING
        ? (String) at(key).unwrapped()
        : at(key).render(ConfigRenderOptions.concise());
  }

  private String place(String key) {
    ConfigValue value = config.root();
    for (String part : ConfigUtil.splitPath(key)) {
      if (!(value instanceof ConfigObject object) || object.get(part) == null) {
        break;
      }
      value = object.get(part);
    }
    return writtenIn(value);
  }

  /**
   * Where a value was written, which a group made for a setting's path takes from what is in it.
   */
  private static String writtenIn(ConfigValue written) {
    ConfigValue value = written;
    while (value instanceof ConfigObject group
        && !group.isEmpty()
        && group.origin().description().contains("atPath(")) {
      value = group.values().iterator().next();
    }
    return ConfigReader.place(value.origin());
  }
}
