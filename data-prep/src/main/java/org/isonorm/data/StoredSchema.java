package org.isonorm.data;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/** Columns of the stored rows. */
final class StoredSchema {
  static final String INDEX = "index";
  static final String IMAGE = "image";
  static final String LABEL = "label";
  static final String COARSE_LABEL = "coarse_label";

  private StoredSchema() {}

  static MessageType of(boolean coarseLabels) {
    Types.MessageTypeBuilder columns = Types.buildMessage();
    columns.required(INT64).named(INDEX).required(BINARY).named(IMAGE).required(INT32).named(LABEL);
    if (coarseLabels) {
      columns.required(INT32).named(COARSE_LABEL);
    }
    return columns.named("example");
  }
}
