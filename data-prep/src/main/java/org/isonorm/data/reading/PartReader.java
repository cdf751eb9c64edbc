package org.isonorm.data.reading;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnReadStore;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.StoredSchema;

/** An open Parquet file of a split, read a row group at a time; all that it says is checked. */
final class PartReader implements AutoCloseable {
  private static final MessageType SCHEMA = StoredSchema.of(false);

  private final DatasetManifest manifest;
  private final ParquetFileReader reader;

  /** Takes rows, one after another. */
  @FunctionalInterface
  interface Rows {
    /**
     * Takes a row.
     *
     * @param image its stored bytes, which may be read once
     */
    void add(ByteBuffer image, int label, long index);
  }

  private PartReader(DatasetManifest manifest, ParquetFileReader reader) {
    this.manifest = manifest;
    this.reader = reader;
  }

  /**
   * Opens a file.
   *
   * @throws IOException if it is missing or is not what the manifest says
   */
  static PartReader open(DatasetManifest manifest, Path file, PartFile part, Configuration hadoop)
      throws IOException {
    ParquetReadOptions options =
        HadoopReadOptions.builder(hadoop, file).usePageChecksumVerification(true).build();
    ParquetFileReader reader;
    try {
      reader = ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop), options);
    } catch (FileNotFoundException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: %s",
              file,
              DatasetManifest.isForbidden(file, hadoop)
                  ? "permission denied"
                  : "the file is missing"),
          e);
    }
    try {
      if (reader.getRecordCount() != part.rows()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "it holds %d rows, but the manifest says %d",
                reader.getRecordCount(),
                part.rows()));
      }
      checkColumns(reader.getFileMetaData());
      reader.setRequestedSchema(SCHEMA);
      return new PartReader(manifest, reader);
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private static void checkColumns(FileMetaData file) throws IOException {
    for (Type column : SCHEMA.getFields()) {
      if (!file.getSchema().containsField(column.getName())
          || !file.getSchema().getType(column.getName()).equals(column)) {
        throw new IOException(String.format(Locale.ROOT, "it has no column '%s'", column));
      }
    }
  }

  /** How many row groups there are. */
  int groups() {
    return reader.getRowGroups().size();
  }

  /** Rows of a row group. */
  long rows(int group) {
    return reader.getRowGroups().get(group).getRowCount();
  }

  /**
   * Reads rows of a row group.
   *
   * @param from the first, counted in the group
   * @param to the one after the last
   */
  void read(int group, long from, long to, Rows rows) throws IOException {
    ColumnReadStore columns =
        new ColumnReadStoreImpl(
            reader.readRowGroup(group),
            new GroupRecordConverter(SCHEMA).getRootConverter(),
            SCHEMA,
            reader.getFileMetaData().getCreatedBy());
    ColumnReader index = column(columns, StoredSchema.INDEX, from);
    ColumnReader image = column(columns, StoredSchema.IMAGE, from);
    ColumnReader label = column(columns, StoredSchema.LABEL, from);
    int imageBytes = manifest.shape().size();
    for (long row = from; row < to; row++) {
      ByteBuffer pixels = image.getBinary().toByteBuffer();
      if (!manifest.isEncoded() && pixels.remaining() != imageBytes) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "row %d holds an image of %d bytes (must be %d)",
                row,
                pixels.remaining(),
                imageBytes));
      }
      int value = label.getInteger();
      if (value < 0 || value >= manifest.classes()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "row %d has label %d (must be 0 to %d)",
                row,
                value,
                manifest.classes() - 1));
      }
      rows.add(pixels, value, index.getLong());
      index.consume();
      image.consume();
      label.consume();
    }
  }

  private static ColumnReader column(ColumnReadStore columns, String name, long skip) {
    ColumnReader column = columns.getColumnReader(SCHEMA.getColumnDescription(new String[] {name}));
    for (long row = 0; row < skip; row++) {
      column.skip();
      column.consume();
    }
    return column;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
