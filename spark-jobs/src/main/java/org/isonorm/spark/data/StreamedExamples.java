package org.isonorm.spark.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.data.reading.ExampleStream;
import org.isonorm.data.reading.RowOrder;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;

/** Examples that come by in a stream, of which only a window is in memory. */
final class StreamedExamples implements Examples {
  private static final long serialVersionUID = 1L;

  private final DatasetManifest manifest;
  private final ShardReference reference;
  private final RowOrder order;
  private final SerializableConfiguration hadoop;
  private transient ExampleStream stream;

  StreamedExamples(
      DatasetManifest manifest, ShardReference reference, RowOrder order, Configuration hadoop) {
    this.manifest = manifest;
    this.reference = reference;
    this.order = order;
    this.hadoop = new SerializableConfiguration(hadoop);
  }

  @Override
  public int size() {
    return Math.toIntExact(reference.positions().size());
  }

  @Override
  public synchronized Taken take(int epoch, int from, int count) {
    try {
      if (stream == null) {
        stream =
            ExampleStream.open(
                manifest,
                reference.dataset(),
                reference.split(),
                reference.positions(),
                order,
                hadoop.value());
      }
      Shard taken = stream.read(epoch, from, count);
      return new Taken(taken, IntStream.range(0, count).toArray(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
