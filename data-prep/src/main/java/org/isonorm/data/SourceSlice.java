package org.isonorm.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Some consecutive examples of a source: what one ingestion task makes. Created on the driver;
 * serialized to executors.
 */
sealed interface SourceSlice extends Serializable {
  /** Index of the slice's first example in its split. */
  int firstIndex();

  /** How many examples the slice holds. */
  int size();

  /** The examples in index order. */
  Iterator<Example> examples(Configuration hadoop) throws IOException;

  /** Records of a CIFAR batch file that was checked before. */
  record Cifar(CifarFormat format, String file, int firstRecord, int firstIndex, int size)
      implements SourceSlice {
    @Override
    public Iterator<Example> examples(Configuration hadoop) throws IOException {
      int recordBytes = format.recordBytes();
      byte[] records = new byte[size * recordBytes];
      Path path = new Path(file);
      try (FSDataInputStream in = path.getFileSystem(hadoop).open(path)) {
        in.readFully((long) firstRecord * recordBytes, records);
      } catch (EOFException e) {
        throw new IOException(
            "Cannot read CIFAR batch %s: it changed while it was ingested"
                .formatted(path.getName()),
            e);
      }
      return IntStream.range(0, size)
          .mapToObj(
              i ->
                  new Example(
                      firstIndex + i,
                      format.image(records, i * recordBytes),
                      format.label(records, i * recordBytes),
                      format.coarseLabel(records, i * recordBytes)))
          .iterator();
    }
  }

  /** Images of the synthetic data set. */
  record Synthetic(SyntheticDataset images, Split split, int firstIndex, int size)
      implements SourceSlice {
    @Override
    public Iterator<Example> examples(Configuration hadoop) {
      return IntStream.range(firstIndex, firstIndex + size)
          .mapToObj(index -> new Example(index, images.image(split, index), images.label(index), 0))
          .iterator();
    }
  }
}
