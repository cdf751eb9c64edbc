package org.isonorm.spark.run;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A CSV file whose rows are records: a record's components are the columns, by name and in order,
 * for those who write the file and for those who read it. A column is a text, a whole number (0
 * where it is empty), a double (NaN where it is empty), an OptionalDouble or a Double that may be
 * null (both written as an empty cell).
 *
 * @param <R> the record
 */
public final class RecordTable<R extends Record> {
  /** How the number of a column is printed; without it, as Java does. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  public @interface Printed {
    /** As {@link String#format} takes it. */
    String value();
  }

  /** Nine significant digits: a float32 and more. */
  static final String NUMBER = "%.9g";

  static final String SECONDS = "%.4f";

  private final List<RecordComponent> components;
  private final Constructor<R> constructor;

  /** The table of a record. */
  public RecordTable(Class<R> row) {
    components = List.of(row.getRecordComponents());
    try {
      constructor =
          row.getDeclaredConstructor(
              components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e); // Every record has it.
    }
    components.forEach(component -> component.getAccessor().setAccessible(true));
    constructor.setAccessible(true);
  }

  /** The names of the columns. */
  public List<String> columns() {
    return components.stream().map(RecordComponent::getName).toList();
  }

  /** The cells of a row as they are written, null for an empty one. */
  public List<String> cells(R row) {
    List<String> cells = new ArrayList<>();
    for (RecordComponent component : components) {
      Object value = value(component, row);
      if (value instanceof OptionalDouble number) {
        value = number.isPresent() ? number.getAsDouble() : null;
      }
      Printed printed = component.getAnnotation(Printed.class);
      cells.add(
          value == null
              ? null
              : printed == null
                  ? value.toString()
                  : String.format(Locale.ROOT, printed.value(), value));
    }
    return cells;
  }

  private Object value(RecordComponent component, R row) {
    try {
      return component.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read column " + component.getName(), e);
    }
  }

  /** A whole file's text. */
  public String text(List<R> rows) {
    return CsvTable.text(columns(), rows.stream().map(this::cells).toList());
  }

  /**
   * Reads a file.
   *
   * @param required columns that the file and, if they are whole numbers, every row must have
   * @throws IOException if the file cannot be read, a required column is missing or a line is
   *     malformed
   */
  public List<R> read(Path file, String... required) throws IOException {
    List<String> columns = Arrays.asList(required);
    return CsvTable.read(file, columns, row -> row(row, columns));
  }

  /** Reads a text that stands for a file; the name is for its errors. */
  public List<R> parse(String name, String text) throws IOException {
    return CsvTable.parse(name, text, row -> row(row, List.of()));
  }

  private R row(CsvTable.Row row, List<String> required) {
    Object[] values =
        components.stream().map(component -> value(component, row, required)).toArray();
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException invalid) {
        throw invalid;
      }
      throw new IllegalStateException("Cannot read a row", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read a row", e);
    }
  }

  private static Object value(RecordComponent component, CsvTable.Row row, List<String> required) {
    String name = component.getName();
    Class<?> type = component.getType();
    boolean empty = row.text(name).isEmpty();
    if (type == String.class) {
      return row.text(name);
    }
    if (type == long.class) {
      return empty && !required.contains(name) ? 0L : row.whole(name);
    }
    if (type == double.class) {
      return row.number(name);
    }
    if (type == Double.class) {
      return empty ? null : Double.valueOf(row.number(name));
    }
    if (type == OptionalDouble.class) {
      return empty ? OptionalDouble.empty() : OptionalDouble.of(row.number(name));
    }
    throw new IllegalStateException("Unsupported column " + name + ": " + type);
  }
}
