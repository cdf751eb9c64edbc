package org.isonorm.spark.grid;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.CsvTable;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.GridColumns;

/**
 * The results as tables: results.csv and results.parquet with a row a trial and epoch, trials.csv
 * with a row a trial. A column an axis is named by its key. A trial that ended before its first
 * epoch has one row without figures.
 */
final class ResultTables {
  /** A column: its name, and whether it holds text, whole numbers or numbers. */
  private record Column(String name, Kind kind) {}

  private enum Kind {
    TEXT,
    WHOLE,
    NUMBER
  }

  private final List<String> axes;
  private final List<TrialResult> results;
  private final double target;

  /**
   * Tables of results.
   *
   * @param axes the keys of the axes but the seed's
   * @param results in the order of the trials
   * @param target validation accuracy to be reached soon, 0 for none
   */
  ResultTables(List<String> axes, List<TrialResult> results, double target) {
    this.axes = axes;
    this.results = results;
    this.target = target;
  }

  /** Writes all of them into a grid's folder. */
  void write(GridFolder folder) throws IOException {
    folder.write(GridColumns.RESULTS_FILE, csv(epochColumns(), epochRows()));
    folder.write(GridColumns.TRIALS_FILE, csv(trialColumns(), trialRows()));
    writeParquet(folder.path().resolve("results.parquet"));
  }

  private List<Column> epochColumns() {
    List<Column> columns = new ArrayList<>(commonColumns());
    columns.add(new Column(GridColumns.EPOCH, Kind.WHOLE));
    columns.add(new Column(GridColumns.STEP, Kind.WHOLE));
    for (String name :
        List.of(
            GridColumns.LEARNING_RATE,
            GridColumns.TRAIN_LOSS,
            GridColumns.TRAIN_ACCURACY,
            GridColumns.VALIDATION_LOSS,
            GridColumns.VALIDATION_ACCURACY,
            GridColumns.WALL_CLOCK_SECONDS)) {
      columns.add(new Column(name, Kind.NUMBER));
    }
    return columns;
  }

  private List<List<Object>> epochRows() {
    List<List<Object>> rows = new ArrayList<>();
    for (TrialResult result : results) {
      for (EpochMetrics epoch : result.history()) {
        List<Object> row = common(result);
        row.add((long) epoch.epoch());
        row.add(epoch.step());
        row.add(epoch.learningRate());
        row.add(epoch.trainLoss());
        row.add(epoch.trainAccuracy());
        row.add(epoch.validationLoss());
        row.add(epoch.validationAccuracy());
        row.add(epoch.wallClockSeconds());
        rows.add(row);
      }
      if (result.history().isEmpty()) {
        List<Object> row = common(result);
        for (int i = row.size(); i < epochColumns().size(); i++) {
          row.add(null);
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private List<Column> trialColumns() {
    List<Column> columns = new ArrayList<>(commonColumns());
    for (String name :
        List.of(GridColumns.EPOCHS, GridColumns.EPOCHS_DONE, GridColumns.BEST_EPOCH)) {
      columns.add(new Column(name, Kind.WHOLE));
    }
    columns.add(new Column(GridColumns.BEST_VALIDATION_ACCURACY, Kind.NUMBER));
    columns.add(new Column(GridColumns.LAST_VALIDATION_ACCURACY, Kind.NUMBER));
    columns.add(new Column(GridColumns.DIVERGED_EPOCH, Kind.WHOLE));
    columns.add(new Column(GridColumns.DIVERGED_STEP, Kind.WHOLE));
    columns.add(new Column(GridColumns.SECONDS, Kind.NUMBER));
    columns.add(new Column(GridColumns.CAUSE, Kind.TEXT));
    if (target > 0) {
      columns.add(new Column(GridColumns.SECONDS_TO_TARGET, Kind.NUMBER));
    }
    return columns;
  }

  private List<List<Object>> trialRows() {
    List<List<Object>> rows = new ArrayList<>();
    for (TrialResult result : results) {
      List<Object> row = common(result);
      row.add((long) result.epochs());
      row.add((long) result.epochsDone());
      row.add(result.best().map(epoch -> (long) epoch.epoch()).orElse(null));
      row.add(result.best().map(EpochMetrics::validationAccuracy).orElse(null));
      row.add(result.last().map(EpochMetrics::validationAccuracy).orElse(null));
      row.add(result.divergedEpoch() == null ? null : (long) result.divergedEpoch());
      row.add(result.divergedStep());
      row.add(result.seconds());
      row.add(result.cause());
      if (target > 0) {
        row.add(result.secondsTo(target));
      }
      rows.add(row);
    }
    return rows;
  }

  private List<Column> commonColumns() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column(GridColumns.TRIAL, Kind.TEXT));
    columns.add(new Column(GridColumns.STATUS, Kind.TEXT));
    columns.add(new Column(GridColumns.PROTOCOL, Kind.TEXT));
    for (String axis : axes) {
      columns.add(new Column(axis, isNumber(axis) ? Kind.NUMBER : Kind.TEXT));
    }
    columns.add(new Column(GridColumns.SEED, Kind.WHOLE));
    return columns;
  }

  private List<Object> common(TrialResult result) {
    List<Object> row = new ArrayList<>();
    row.add(result.trial());
    row.add(result.status().name().toLowerCase(Locale.ROOT));
    row.add(result.protocol());
    for (String axis : axes) {
      row.add(result.point().get(axis));
    }
    row.add(result.seed());
    return row;
  }

  private boolean isNumber(String axis) {
    return results.stream()
        .map(result -> result.point().get(axis))
        .allMatch(value -> value.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?"));
  }

  private static String csv(List<Column> columns, List<List<Object>> rows) {
    return CsvTable.text(
        columns.stream().map(Column::name).toList(),
        rows.stream()
            .map(row -> row.stream().map(ResultTables::cell).collect(Collectors.toList()))
            .toList());
  }

  private static Object cell(Object value) {
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }

  private void writeParquet(Path file) throws IOException {
    List<Column> columns = epochColumns();
    MessageType schema = schema(columns);
    SimpleGroupFactory groups = new SimpleGroupFactory(schema);
    Configuration hadoop = new Configuration();
    AtomicFiles.write(
        file,
        temporary -> {
          Files.deleteIfExists(temporary);
          try (ParquetWriter<Group> writer =
              ExampleParquetWriter.builder(
                      HadoopOutputFile.fromPath(
                          new org.apache.hadoop.fs.Path(temporary.toUri()), hadoop))
                  .withType(schema)
                  .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                  .build()) {
            for (List<Object> row : epochRows()) {
              writer.write(group(groups.newGroup(), columns, row));
            }
          }
          // Hadoop's local file system keeps a checksum beside each file.
          Files.deleteIfExists(temporary.resolveSibling("." + temporary.getFileName() + ".crc"));
        });
  }

  private static MessageType schema(List<Column> columns) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (Column column : columns) {
      switch (column.kind()) {
        case TEXT ->
            message
                .optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named(column.name());
        case WHOLE -> message.optional(PrimitiveTypeName.INT64).named(column.name());
        case NUMBER -> message.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      }
    }
    return message.named("results");
  }

  private static Group group(Group group, List<Column> columns, List<Object> row) {
    for (int i = 0; i < columns.size(); i++) {
      Object value = cell(row.get(i));
      if (value == null) {
        continue;
      }
      switch (columns.get(i).kind()) {
        case TEXT -> group.add(i, (String) value);
        case WHOLE -> group.add(i, (Long) value);
        // An axis's value is the text of the configuration, which CSV keeps.
        case NUMBER ->
            group.add(i, value instanceof String text ? Double.parseDouble(text) : (Double) value);
      }
    }
    return group;
  }
}
