package org.isonorm.data.shard;

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
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads ranges of an ingested split into memory. Runs wherever the rows are needed, without Spark.
 */
public final class ShardReader {
  private static final Logger log = LoggerFactory.getLogger(ShardReader.class);
  private static final MessageType SCHEMA = StoredSchema.of(false);

  private final DatasetManifest manifest;
  private final byte[] images;
  private final int[] labels;
  private final long[] indices;
  private int filled;

  private ShardReader(DatasetManifest manifest, int rows) {
    this.manifest = manifest;
    this.images = new byte[rows * manifest.shape().size()];
    this.labels = new int[rows];
    this.indices = new long[rows];
  }

  /**
   * Reads the rows at positions {@code fromPosition} up to but not including {@code toPosition},
   * opening only the files that hold any of them.
   *
   * @param datasetUri folder of an ingested data set: a local path, or a {@code file:}, {@code
   *     hdfs:}, {@code s3a:} URI
   * @throws IOException in one sentence that names the file, if one is missing or corrupted, holds
   *     another number of rows than the manifest says, or a label or an image that is out of range
   * @throws IllegalArgumentException if the split has no such positions
   */
  public static Shard read(
      String datasetUri, Split split, long fromPosition, long toPosition, Configuration hadoop)
      throws IOException {
    DatasetManifest manifest = DatasetManifest.load(datasetUri, hadoop);
    return read(manifest, datasetUri, split, new PositionRange(fromPosition, toPosition), hadoop);
  }

  /** As above, with the manifest at hand. */
  public static Shard read(
      DatasetManifest manifest,
      String datasetUri,
      Split split,
      PositionRange positions,
      Configuration hadoop)
      throws IOException {
    SplitManifest content = manifest.split(split);
    if (positions.size() == 0 || positions.to() > content.examples()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid positions: %d to %d (must be a non-empty range within the %d rows of the %s split)",
              positions.from(),
              positions.to(),
              content.examples(),
              split.directory()));
    }
    if (positions.size() > Integer.MAX_VALUE / manifest.shape().size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid shard: %d images of %d bytes (must be less than 2 GiB; use more workers)",
              positions.size(),
              manifest.shape().size()));
    }
    ShardReader reader =
        Unreadable.inOneSentence(
            datasetUri, () -> new ShardReader(manifest, Math.toIntExact(positions.size())));
    Path folder = new Path(new Path(datasetUri), split.directory());
    long start = 0;
    for (PartFile part : content.files()) {
      long from = Math.max(positions.from(), start);
      long to = Math.min(positions.to(), start + part.rows());
      if (from < to) {
        reader.readPart(new Path(folder, part.name()), part, from - start, to - start, hadoop);
      }
      start += part.rows();
    }
    log.debug("Read positions {} to {} of {}", positions.from(), positions.to(), folder);
    return new Shard(
        manifest.shape(), positions.from(), reader.images, reader.labels, reader.indices);
  }

  private void readPart(Path file, PartFile part, long fromRow, long toRow, Configuration hadoop)
      throws IOException {
    Unreadable.inOneSentence(
        file,
        () -> {
          readRows(file, part, fromRow, toRow, hadoop);
          return null;
        });
  }

  private void readRows(Path file, PartFile part, long fromRow, long toRow, Configuration hadoop)
      throws IOException {
    ParquetReadOptions options =
        HadoopReadOptions.builder(hadoop, file).usePageChecksumVerification(true).build();
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop), options)) {
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
      long groupStart = 0;
      for (int group = 0; group < reader.getRowGroups().size(); group++) {
        BlockMetaData rowGroup = reader.getRowGroups().get(group);
        long from = Math.max(fromRow - groupStart, 0);
        long to = Math.min(toRow - groupStart, rowGroup.getRowCount());
        if (from < to) {
          readRowGroup(reader, group, from, to);
        }
        groupStart += rowGroup.getRowCount();
      }
    } catch (FileNotFoundException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read %s: the file is missing", file), e);
    }
  }

  private void readRowGroup(ParquetFileReader reader, int group, long from, long to)
      throws IOException {
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
      if (pixels.remaining() != imageBytes) {
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
      pixels.get(images, filled * imageBytes, imageBytes);
      labels[filled] = value;
      indices[filled] = index.getLong();
      filled++;
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

  private static void checkColumns(FileMetaData file) throws IOException {
    for (Type column : SCHEMA.getFields()) {
      if (!file.getSchema().containsField(column.getName())
          || !file.getSchema().getType(column.getName()).equals(column)) {
        throw new IOException(String.format(Locale.ROOT, "it has no column '%s'", column));
      }
    }
  }
}
