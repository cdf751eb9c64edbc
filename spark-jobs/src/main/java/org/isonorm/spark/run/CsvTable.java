package org.isonorm.spark.run;

import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CSV files with a header line. Columns are found by name; names of earlier versions, such as
 * {@code activation_norm}, are those of today, {@code activationNorm}. Every error names the file
 * and the line.
 */
public final class CsvTable {
  private static final Logger LOG = LoggerFactory.getLogger(CsvTable.class);
  private static final Pattern UNDERSCORE = Pattern.compile("_([a-z])");

  private CsvTable() {}

  /** A line of the file by column name. */
  public static final class Row {
    private final Map<String, Integer> columns;
    private final String[] values;

    private Row(Map<String, Integer> columns, String[] values) {
      this.columns = columns;
      this.values = values;
    }

    /** The names of the file's columns, in its order. */
    Set<String> columns() {
      return columns.keySet();
    }

    /** The text of a column, "" where it is empty or the file has no such column. */
    public String text(String column) {
      Integer index = columns.get(column);
      String value = index == null ? null : values[index];
      return value == null ? "" : value;
    }

    /** The number of a column, NaN where it is empty or the file has no such column. */
    public double number(String column) {
      String value = text(column);
      if (value.isEmpty()) {
        return Double.NaN;
      }
      try {
        return Double.parseDouble(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "invalid " + column + ": \"" + value + "\" (must be a number)", e);
      }
    }

    /** The whole number of a column that must have one. */
    public long whole(String column) {
      String value = text(column);
      try {
        return Long.parseLong(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "invalid " + column + ": \"" + value + "\" (must be a whole number)", e);
      }
    }
  }

  /**
   * Reads all lines below the header. A last line that was cut off while being written (it lacks
   * its line break and does not parse) is left out.
   *
   * @throws IOException if the file cannot be read, a required column is missing or a line is
   *     malformed
   */
  public static <T> List<T> read(Path file, List<String> requiredColumns, Function<Row, T> parse)
      throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException("Cannot read " + file + ", line 1: it is not UTF-8", e);
    }
    return read(file, text, requiredColumns, parse, false);
  }

  /**
   * Reads the whole lines of a log that is about to be gone on with: a killed run may have left
   * halves of some, which are left out, and bytes that are no UTF-8 become marks.
   *
   * @throws IOException if the file cannot be read, a required column is missing or a whole line is
   *     malformed
   */
  static <T> List<T> readWhole(Path file, List<String> requiredColumns, Function<Row, T> parse)
      throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    return read(file, text, requiredColumns, parse, true);
  }

  /** Reads a text that stands for a file; the name is for its errors. */
  static <T> List<T> parse(String name, String text, Function<Row, T> parse) throws IOException {
    return read(name, text, List.of(), parse, false);
  }

  private static <T> List<T> read(
      Object file,
      String text,
      List<String> requiredColumns,
      Function<Row, T> parse,
      boolean onlyWhole)
      throws IOException {
    boolean cutOff = !text.endsWith("\n");
    CsvParserSettings settings = new CsvParserSettings();
    settings.setLineSeparatorDetectionEnabled(true);
    settings.setReadInputOnSeparateThread(false);
    CsvParser parser = new CsvParser(settings);
    parser.beginParsing(new StringReader(text));
    try {
      String[] header = parser.parseNext();
      if (header == null) {
        throw new IOException("Cannot read " + file + ", line 1: the header is missing");
      }
      Map<String, Integer> columns = new LinkedHashMap<>();
      for (int i = 0; i < header.length; i++) {
        columns.put(header[i] == null ? "" : nameOfToday(header[i]), i);
      }
      for (String column : requiredColumns) {
        if (!columns.containsKey(column)) {
          throw new IOException(
              "Cannot read " + file + ", line 1: the column " + column + " is missing");
        }
      }
      List<T> rows = new ArrayList<>();
      for (String[] values = parser.parseNext(); values != null; ) {
        long line = parser.getContext().currentLine();
        String[] following = parser.parseNext();
        if (!onlyWhole || values.length == header.length) {
          try {
            if (values.length != header.length) {
              throw new IllegalArgumentException(
                  values.length + " values, expected " + header.length);
            }
            rows.add(parse.apply(new Row(columns, values)));
          } catch (IllegalArgumentException e) {
            if (following != null || !cutOff) {
              throw new IOException(
                  "Cannot read " + file + ", line " + line + ": " + e.getMessage(), e);
            }
            LOG.warn("Left out line {} of {}: cut off while being written", line, file);
          }
        }
        values = following;
      }
      return rows;
    } catch (TextParsingException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s, line %d: it is no line of values",
              file,
              e.getLineIndex() + 1),
          e);
    } finally {
      parser.stopParsing();
    }
  }

  /** The name of a column or a figure as it is written today. */
  static String nameOfToday(String name) {
    return UNDERSCORE.matcher(name).replaceAll(match -> match.group(1).toUpperCase(Locale.ROOT));
  }

  /** Lines as they are written, without their break; null is an empty cell. */
  public static final class Lines {
    private final CsvWriter writer;

    /** For one thread. */
    public Lines() {
      CsvWriterSettings settings = new CsvWriterSettings();
      settings.getFormat().setLineSeparator("\n");
      writer = new CsvWriter(settings);
    }

    /** A line. */
    public String of(List<?> cells) {
      return writer.writeRowToString(cells.toArray());
    }
  }

  /** A whole file's text: the names of its columns and its rows. */
  public static String text(List<String> columns, List<? extends List<?>> rows) {
    Lines lines = new Lines();
    StringBuilder text = new StringBuilder(lines.of(columns)).append('\n');
    rows.forEach(row -> text.append(lines.of(row)).append('\n'));
    return text.toString();
  }
}
