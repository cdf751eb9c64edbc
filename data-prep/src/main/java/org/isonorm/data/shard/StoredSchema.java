package org.isonorm.data.shard;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/** Columns of the stored rows. */
public final class StoredSchema {
  public static final String INDEX = "index";
  public static final String IMAGE = "image";
  public static final String LABEL = "label";
  public static final String COARSE_LABEL = "coarse_label";

  private StoredSchema() {}

  public static MessageType of(boolean coarseLabels) {
    Types.MessageTypeBuilder columns = Types.buildMessage();
    columns.required(INT64).named(INDEX).required(BINARY).named(IMAGE).required(INT32).named(LABEL);
    if (coarseLabels) {
      columns.required(INT32).named(COARSE_LABEL);
    }
    return columns.named("example");
  }
}
