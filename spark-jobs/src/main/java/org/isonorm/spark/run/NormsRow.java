package org.isonorm.spark.run;

/**
 * A row of norms.csv: a figure of a layer. The components are the file's columns; {@link NormsLog}
 * says what they hold.
 */
record NormsRow(long round, String layer, String name, double value) {
  static final RecordTable<NormsRow> TABLE = new RecordTable<>(NormsRow.class);
}
