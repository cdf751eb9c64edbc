package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The columns of a Hugging Face data set of images that are read. Created on the driver; serialized
 * to executors.
 *
 * @param schema the whole schema, as text
 * @param image {@code img} or {@code image}, a struct with the encoded file in {@code bytes}
 * @param label {@code label} or {@code fine_label}
 * @param coarseLabel {@code coarse_label}; empty for none
 */
record HuggingFaceColumns(String schema, String image, String label, String coarseLabel)
    implements Serializable {
  private static final String BYTES = "bytes";
  private static final String COARSE_LABEL = "coarse_label";

  /** Finds the columns in a file's schema. */
  static HuggingFaceColumns of(MessageType schema, String file) throws IOException {
    return new HuggingFaceColumns(
        schema.toString(),
        find(schema, file, List.of("img", "image")),
        find(schema, file, List.of("label", "fine_label")),
        schema.containsField(COARSE_LABEL) ? COARSE_LABEL : "");
  }

  private static String find(MessageType schema, String file, List<String> names)
      throws IOException {
    for (String name : names) {
      if (schema.containsField(name) && fits(schema.getType(name))) {
        return name;
      }
    }
    throw new IOException(
        "Cannot ingest %s: it has no column %s (an image is a struct with its file in bytes, a label a whole number)"
            .formatted(file, String.join(" or ", names)));
  }

  private static boolean fits(Type type) {
    if (!type.isPrimitive()) {
      return type.asGroupType().containsField(BYTES)
          && type.asGroupType().getType(BYTES).isPrimitive()
          && primitive(type.asGroupType().getType(BYTES)) == PrimitiveTypeName.BINARY;
    }
    return primitive(type) == PrimitiveTypeName.INT64 || primitive(type) == PrimitiveTypeName.INT32;
  }

  private static PrimitiveTypeName primitive(Type type) {
    return type.asPrimitiveType().getPrimitiveTypeName();
  }

  boolean hasCoarseLabel() {
    return !coarseLabel.isEmpty();
  }

  /** Checks that another file has the same columns. */
  void check(MessageType other, String file) throws IOException {
    MessageType own = all();
    for (Type column : own.getFields()) {
      if (!other.containsField(column.getName())
          || !other.getType(column.getName()).equals(wholeSchema().getType(column.getName()))) {
        throw new IOException(
            "Cannot ingest %s: its column %s is not as in the first file"
                .formatted(file, column.getName()));
      }
    }
  }

  /** Image and labels. */
  MessageType all() {
    List<Type> fields =
        wholeSchema().getFields().stream()
            .filter(field -> List.of(image, label, coarseLabel).contains(field.getName()))
            .toList();
    return new MessageType("rows", fields);
  }

  /** The labels without the images. */
  MessageType labelsOnly() {
    return new MessageType(
        "rows",
        all().getFields().stream().filter(field -> !field.getName().equals(image)).toList());
  }

  private MessageType wholeSchema() {
    return MessageTypeParser.parseMessageType(schema);
  }

  static ParquetFileReader open(Path file, Configuration hadoop) throws IOException {
    return ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop));
  }

  /** The remaining rows of a reader, row group after row group. */
  Iterable<Group> rows(ParquetFileReader reader, MessageType projection) {
    reader.setRequestedSchema(projection);
    return () -> new Rows(reader, projection);
  }

  /** The encoded image of a row. */
  byte[] image(Group row, String name) throws IOException {
    if (row.getFieldRepetitionCount(image) == 0
        || row.getGroup(image, 0).getFieldRepetitionCount(BYTES) == 0) {
      throw new IOException(
          "Cannot read %s: it has no image bytes (images stored as paths alone are not supported)"
              .formatted(name));
    }
    return row.getGroup(image, 0).getBinary(BYTES, 0).getBytes();
  }

  /** The label of a row. */
  int label(Group row, String file, int number) throws IOException {
    return number(row, label, file, number);
  }

  /** The coarse label of a row; 0 where there is none. */
  int coarseLabel(Group row, String file, int number) throws IOException {
    return hasCoarseLabel() ? number(row, coarseLabel, file, number) : 0;
  }

  private static int number(Group row, String column, String file, int number) throws IOException {
    long value = -1;
    if (row.getFieldRepetitionCount(column) > 0) {
      boolean isLong = primitive(row.getType().getType(column)) == PrimitiveTypeName.INT64;
      value = isLong ? row.getLong(column, 0) : row.getInteger(column, 0);
    }
    if (value < 0 || value > Short.MAX_VALUE) {
      throw new IOException(
          "Cannot ingest %s: row %d has %s %s (must be 0 to %d)"
              .formatted(
                  file, number, column, value == -1 ? "-1 or none" : value, Short.MAX_VALUE));
    }
    return (int) value;
  }

  /** Reads row by row. */
  private static final class Rows implements Iterator<Group> {
    private final ParquetFileReader reader;
    private final MessageType projection;
    private RecordReader<Group> records;
    private long left;

    Rows(ParquetFileReader reader, MessageType projection) {
      this.reader = reader;
      this.projection = projection;
    }

    @Override
    public boolean hasNext() {
      while (left == 0) {
        try {
          PageReadStore pages = reader.readNextRowGroup();
          if (pages == null) {
            return false;
          }
          left = pages.getRowCount();
          records =
              new ColumnIOFactory()
                  .getColumnIO(projection)
                  .getRecordReader(pages, new GroupRecordConverter(projection));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return true;
    }

    @Override
    public Group next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      left--;
      return records.read();
    }
  }
}
