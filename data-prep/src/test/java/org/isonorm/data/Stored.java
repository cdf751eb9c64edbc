package org.isonorm.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetWriter;
import org.isonorm.data.ingestion.ExampleFile;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.SplitManifest;

/** Small stored data sets, written without Spark. */
public final class Stored {
  public static final Configuration HADOOP = new Configuration();
  public static final int CLASSES = 10;

  private Stored() {}

  /** Random examples with indices in an order of their own, as a stored split has them. */
  public static List<Example> randomExamples(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] indices = Permutation.sample(count, random);
    List<Example> examples = new ArrayList<>();
    for (int index : indices) {
      byte[] image = new byte[ImageShape.CIFAR.size()];
      random.nextBytes(image);
      examples.add(new Example(index, image, random.nextInt(CLASSES), 0));
    }
    return examples;
  }

  public static DatasetManifest write(java.nio.file.Path folder, List<Example> train, int files) {
    return write(folder, train, files, ParquetWriter.DEFAULT_BLOCK_SIZE);
  }

  /** Writes the examples as both splits, in the order given. */
  public static DatasetManifest write(
      java.nio.file.Path folder, List<Example> examples, int files, long rowGroupBytes) {
    try {
      List<PartFile> parts = new ArrayList<>();
      for (PositionRange range : new PositionRange(0, examples.size()).split(files)) {
        String name = "part-%d.parquet".formatted(parts.size());
        for (Split split : Split.values()) {
          Path file = new Path(folder.resolve(split.directory()).resolve(name).toString());
          try (ParquetWriter<Example> writer =
              ExampleFile.create(file, HADOOP, false, rowGroupBytes)) {
            for (long position = range.from(); position < range.to(); position++) {
              writer.write(examples.get((int) position));
            }
          }
        }
        parts.add(new PartFile(name, range.size()));
      }
      DatasetManifest manifest = manifest(examples, parts);
      Path path = new Path(folder.toString());
      manifest.save(path.getFileSystem(HADOOP), path);
      return manifest;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static DatasetManifest manifest(List<Example> examples, List<PartFile> parts) {
    List<Long> perClass =
        IntStream.range(0, CLASSES)
            .mapToObj(label -> examples.stream().filter(e -> e.label() == label).count())
            .toList();
    // A label that is out of range, as some tests write, is counted as class 0, so that the sum is
    // right.
    List<Long> counted = new ArrayList<>(perClass);
    counted.set(
        0, perClass.get(0) + examples.size() - perClass.stream().mapToLong(Long::longValue).sum());
    SplitManifest split = new SplitManifest(examples.size(), counted, parts);
    return new DatasetManifest(
        DatasetManifest.FORMAT_VERSION,
        "random",
        CLASSES,
        Collections.nCopies(CLASSES, "a class"),
        List.of(),
        32,
        32,
        3,
        DatasetManifest.LAYOUT,
        List.of(0.5, 0.25, 0.125),
        List.of(0.25, 0.5, 0.3),
        ExifPolicy.UPRIGHT,
        7,
        0,
        ParquetWriter.DEFAULT_BLOCK_SIZE,
        ImageShape.CIFAR.size(),
        Map.of(Split.TRAIN, split, Split.TEST, split),
        List.of(new SourceFile("source.bin", 12, "00ff")),
        List.of(),
        Map.of("java", "17"));
  }

  /** A shard of those examples, from position 0 on. */
  public static Shard shard(List<Example> examples) {
    byte[] images = new byte[examples.size() * ImageShape.CIFAR.size()];
    for (int row = 0; row < examples.size(); row++) {
      System.arraycopy(
          examples.get(row).image(),
          0,
          images,
          row * ImageShape.CIFAR.size(),
          ImageShape.CIFAR.size());
    }
    return new Shard(
        ImageShape.CIFAR,
        0,
        images,
        examples.stream().mapToInt(Example::label).toArray(),
        examples.stream().mapToLong(Example::index).toArray());
  }
}
