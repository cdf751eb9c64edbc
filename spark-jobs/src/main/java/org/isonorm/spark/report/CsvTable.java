package org.isonorm.spark.report;

import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a CSV file with a header line; every error names the file and the line. */
final class CsvTable {
  private static final Logger LOG = LoggerFactory.getLogger(CsvTable.class);

  private CsvTable() {}

  /** A line of the file by column name. */
  static final class Row {
    private final Map<String, Integer> columns;
    private final String[] values;

    private Row(Map<String, Integer> columns, String[] values) {
      this.columns = columns;
      this.values = values;
    }

    /** The text of a column, "" where it is empty or the file has no such column. */
    String text(String column) {
      Integer index = columns.get(column);
      String value = index == null ? null : values[index];
      return value == null ? "" : value;
    }

    /** The number of a column, NaN where it is empty or the file has no such column. */
    double number(String column) {
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
    long whole(String column) {
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
  static <T> List<T> read(Path file, List<String> requiredColumns, Function<Row, T> parse)
      throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException("Cannot read " + file + ", line 1: it is not UTF-8", e);
    }
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
      Map<String, Integer> columns = new HashMap<>();
      for (int i = 0; i < header.length; i++) {
        columns.put(header[i], i);
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
        values = following;
      }
      return rows;
    } catch (TextParsingException e) {
      throw new IOException(
          "Cannot read %s, line %d: it is no line of values".formatted(file, e.getLineIndex() + 1),
          e);
    } finally {
      parser.stopParsing();
    }
  }
}
