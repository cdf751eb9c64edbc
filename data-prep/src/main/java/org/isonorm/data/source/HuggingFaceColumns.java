package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/**
 * The names of the columns of a Hugging Face data set of images that are read. Each file has types
 * of its own for them: a struct's fields in another order, or numbers of another width, are the
 * same to a reader, as they are to Hugging Face datasets. Created on the driver; serialized to
 * executors.
 *
 * @param image an encoded file, either by itself or as {@code bytes} of a struct
 * @param label a whole number
 * @param coarseLabel likewise; empty for none
 */
record HuggingFaceColumns(String image, String label, String coarseLabel) implements Serializable {
  private static final String BYTES = "bytes";
  private static final List<String> IMAGES = List.of("img", "image");
  private static final List<String> LABELS = List.of("label", "labels", "fine_label");
  private static final String COARSE_LABEL = "coarse_label";

  /** Finds the columns in a file's schema. */
  static HuggingFaceColumns of(MessageType schema, String file) throws IOException {
    return new HuggingFaceColumns(
        find(schema, file, IMAGES, HuggingFaceColumns::isImage),
        find(schema, file, LABELS, HuggingFaceColumns::isNumber),
        schema.containsField(COARSE_LABEL) && isNumber(schema.getType(COARSE_LABEL))
            ? COARSE_LABEL
            : "");
  }

  /** The first column of those names that fits. */
  private static String find(
      MessageType schema, String file, List<String> names, Predicate<Type> fits)
      throws IOException {
    List<String> there = names.stream().filter(schema::containsField).toList();
    for (String name : there) {
      if (fits.test(schema.getType(name))) {
        return name;
      }
    }
    throw there.isEmpty()
        ? new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it has no column %s, but %s (an image is its file's bytes or a struct that holds them in bytes, a label a whole number)",
                file,
                String.join(" or ", names),
                schema.getFields().stream().map(Type::getName).collect(Collectors.joining(", "))))
        : wrongType(file, schema.getType(there.get(0)), names.equals(IMAGES));
  }

  private static IOException wrongType(String file, Type column, boolean mustBeImage) {
    return new IOException(
        String.format(
            Locale.ROOT,
            "Cannot ingest %s: its column %s is %s (must be %s)",
            file,
            column.getName(),
            described(column),
            mustBeImage
                ? "an image: its file's bytes, or a struct that holds them in bytes"
                : "a whole number; datasets' class_encode_column makes one of text"));
  }

  private static String described(Type column) {
    if (column.isPrimitive()) {
      return column.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation
          ? "text"
          : "of type " + primitive(column).name().toLowerCase(Locale.ROOT);
    }
    return "a group of "
        + column.asGroupType().getFields().stream()
            .map(Type::getName)
            .collect(Collectors.joining(", "));
  }

  private static boolean isImage(Type type) {
    return type.isPrimitive()
        ? isBytes(type) && !(type.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation)
        : type.asGroupType().containsField(BYTES) && isBytes(type.asGroupType().getType(BYTES));
  }

  private static boolean isBytes(Type type) {
    return type.isPrimitive()
        && !type.isRepetition(Repetition.REPEATED)
        && primitive(type) == PrimitiveTypeName.BINARY;
  }

  private static boolean isNumber(Type type) {
    return type.isPrimitive()
        && !type.isRepetition(Repetition.REPEATED)
        && (primitive(type) == PrimitiveTypeName.INT64
            || primitive(type) == PrimitiveTypeName.INT32);
  }

  private static PrimitiveTypeName primitive(Type type) {
    return type.asPrimitiveType().getPrimitiveTypeName();
  }

  boolean hasCoarseLabel() {
    return !coarseLabel.isEmpty();
  }

  /**
   * Image and labels as they are in a file.
   *
   * @throws IOException if it has them not, or of a type that cannot be read
   */
  MessageType all(MessageType schema, String file) throws IOException {
    List<Type> fields = new ArrayList<>();
    Type image = column(schema, file, this.image, true);
    fields.add(
        image.isPrimitive()
            ? image
            : image.asGroupType().withNewFields(image.asGroupType().getType(BYTES)));
    fields.addAll(labelsOnly(schema, file).getFields());
    return new MessageType("rows", fields);
  }

  /** The labels without the images. */
  MessageType labelsOnly(MessageType schema, String file) throws IOException {
    List<Type> fields = new ArrayList<>();
    fields.add(column(schema, file, label, false));
    if (hasCoarseLabel()) {
      fields.add(column(schema, file, coarseLabel, false));
    }
    return new MessageType("rows", fields);
  }

  private static Type column(MessageType schema, String file, String name, boolean isImage)
      throws IOException {
    if (!schema.containsField(name)) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: it has no column %s, which the first file has",
              file,
              name));
    }
    Type column = schema.getType(name);
    if (isImage ? !isImage(column) : !isNumber(column)) {
      throw wrongType(file, column, isImage);
    }
    return column;
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
    Group holder = row;
    String field = image;
    if (row.getFieldRepetitionCount(image) > 0 && !row.getType().getType(image).isPrimitive()) {
      holder = row.getGroup(image, 0);
      field = BYTES;
    }
    if (holder.getFieldRepetitionCount(field) == 0) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it has no image bytes (images stored as paths alone are not supported)",
              name));
    }
    return holder.getBinary(field, 0).getBytes();
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
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: row %d has %s %s (must be 0 to %d)",
              file,
              number,
              column,
              value == -1 ? "-1 or none" : value,
              Short.MAX_VALUE));
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
