package org.isonorm.data.ingestion;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.StoredSchema;

/** Writes examples as one Parquet file. */
public final class ExampleFile {
  /** Of a row group, so that a stream's windows need not be large. */
  public static final long ROW_GROUP_BYTES = 8 << 20;

  private ExampleFile() {}

  /**
   * Opens a new file for examples in their final order.
   *
   * <p>Images are stored as they are: compressing photographs saves little and costs reading time.
   * Pages carry checksums, which {@link ShardReader} verifies.
   */
  public static ParquetWriter<Example> create(Path file, Configuration hadoop, boolean coarseLabels)
      throws IOException {
    return create(file, hadoop, coarseLabels, ROW_GROUP_BYTES);
  }

  /** As above, with a new row group about every so many bytes. */
  public static ParquetWriter<Example> create(
      Path file, Configuration hadoop, boolean coarseLabels, long rowGroupBytes)
      throws IOException {
    return new Builder(HadoopOutputFile.fromPath(file, hadoop), coarseLabels)
        .withConf(hadoop)
        .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
        .withDictionaryEncoding(false)
        .withPageWriteChecksumEnabled(true)
        .withRowGroupSize(rowGroupBytes)
        .build();
  }

  private static final class Builder extends ParquetWriter.Builder<Example, Builder> {
    private final boolean coarseLabels;

    Builder(HadoopOutputFile file, boolean coarseLabels) {
      super(file);
      this.coarseLabels = coarseLabels;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<Example> getWriteSupport(Configuration hadoop) {
      return new ExampleWriteSupport(coarseLabels);
    }
  }

  private static final class ExampleWriteSupport extends WriteSupport<Example> {
    private final boolean coarseLabels;
    private RecordConsumer consumer;

    ExampleWriteSupport(boolean coarseLabels) {
      this.coarseLabels = coarseLabels;
    }

    @Override
    public WriteContext init(Configuration hadoop) {
      return new WriteContext(StoredSchema.of(coarseLabels), Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(Example example) {
      consumer.startMessage();
      consumer.startField(StoredSchema.INDEX, 0);
      consumer.addLong(example.index());
      consumer.endField(StoredSchema.INDEX, 0);
      consumer.startField(StoredSchema.IMAGE, 1);
      consumer.addBinary(Binary.fromConstantByteArray(example.image()));
      consumer.endField(StoredSchema.IMAGE, 1);
      consumer.startField(StoredSchema.LABEL, 2);
      consumer.addInteger(example.label());
      consumer.endField(StoredSchema.LABEL, 2);
      if (coarseLabels) {
        consumer.startField(StoredSchema.COARSE_LABEL, 3);
        consumer.addInteger(example.coarseLabel());
        consumer.endField(StoredSchema.COARSE_LABEL, 3);
      }
      consumer.endMessage();
    }
  }
}
