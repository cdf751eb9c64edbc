package org.isonorm.data.reading;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.SplitManifest;
import org.isonorm.data.shard.Unreadable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads ranges of an ingested split into memory. Runs wherever the rows are needed, without Spark.
 */
public final class ShardReader {
  private static final Logger log = LoggerFactory.getLogger(ShardReader.class);

  private final DatasetManifest manifest;
  private final byte[] images;
  private final int[] labels;
  private final long[] indices;
  private final StoredImages decoder;

  /** Images of files, of the rows that were read last. */
  private final List<Future<byte[]>> decoding = new ArrayList<>();

  private int filled;

  private ShardReader(DatasetManifest manifest, StoredImages decoder, int rows) {
    this.manifest = manifest;
    this.decoder = decoder;
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
    check(content, split, positions);
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
            datasetUri,
            () ->
                new ShardReader(
                    manifest,
                    new StoredImages(manifest, datasetUri + "/" + split.directory()),
                    Math.toIntExact(positions.size())));
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

  static void check(SplitManifest content, Split split, PositionRange positions) {
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
    try (PartReader reader = PartReader.open(manifest, file, part, hadoop)) {
      long groupStart = 0;
      for (int group = 0; group < reader.groups(); group++) {
        long from = Math.max(fromRow - groupStart, 0);
        long to = Math.min(toRow - groupStart, reader.rows(group));
        if (from < to) {
          reader.read(group, from, to, this::add);
          decode();
        }
        groupStart += reader.rows(group);
      }
    }
  }

  private void add(ByteBuffer image, int label, long index) {
    int imageBytes = manifest.shape().size();
    labels[filled] = label;
    indices[filled] = index;
    if (manifest.isEncoded()) {
      byte[] file = new byte[image.remaining()];
      image.get(file);
      decoding.add(decoder.pixels(file, index));
    } else {
      image.get(images, filled * imageBytes, imageBytes);
    }
    filled++;
  }

  /** Takes the pixels of the rows that were read last. */
  private void decode() throws IOException {
    int imageBytes = manifest.shape().size();
    int row = filled - decoding.size();
    for (Future<byte[]> pixels : decoding) {
      System.arraycopy(DecoderThreads.await(pixels), 0, images, row++ * imageBytes, imageBytes);
    }
    decoding.clear();
  }
}
