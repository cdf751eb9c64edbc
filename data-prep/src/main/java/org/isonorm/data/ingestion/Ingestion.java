package org.isonorm.data.ingestion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.NamedOutput;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.PartSummary;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.SkippedFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.SplitManifest;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.data.source.Attempt;
import org.isonorm.data.source.CifarCopy;
import org.isonorm.data.source.CifarFormat;
import org.isonorm.data.source.HuggingFaceCopy;
import org.isonorm.data.source.IngestionSource;
import org.isonorm.data.source.OwnImages;
import org.isonorm.data.source.SourceSlice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * The Spark job that turns a source into an ingested data set: {@code
 * OUT/{train,test}/part-*.parquet} and {@code OUT/manifest.json}.
 *
 * <p>Every row's position is drawn from one seeded permutation of its split, and files are ranges
 * of positions, equal up to one row. So any file, and any range of positions, is an unbiased sample
 * of the split. Which rows lie where depends on the source and the seed alone, not on the cluster.
 *
 * <p>Where a source has a validation split, its examples have the first positions of the training
 * split, in a shuffle of their own, and the manifest says how many they are.
 *
 * <p>All is written to a hidden folder beside OUT, which is renamed to OUT at the very end: OUT is
 * complete or not there. (An object store such as S3 renames by copying: there a reader may meet a
 * part of OUT meanwhile, though never a manifest that lies.)
 */
public final class Ingestion {
  private static final Logger log = LoggerFactory.getLogger(Ingestion.class);

  private static final String KIND = "an ingested data set";

  /** Tells the stored order of validation examples from that of the others. */
  private static final long VALIDATION = 1;

  private final IngestOptions options;
  private final Optional<ReadExamples> read;
  private final JavaSparkContext spark;
  private final Configuration hadoop;

  private Ingestion(IngestOptions options, Optional<ReadExamples> read, SparkSession spark) {
    this.options = options;
    this.read = read;
    this.spark = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.hadoop = this.spark.hadoopConfiguration();
  }

  /**
   * Ingests, on the session's executors.
   *
   * @return the manifest that was written
   * @throws IllegalArgumentException if the output exists and is not to be replaced, even if it
   *     appeared meanwhile, or more files than rows were asked for
   * @throws IOException in one sentence that names the file and what is wrong, if the source is not
   *     what it should be or the output cannot be written; nothing is left behind
   */
  public static DatasetManifest run(IngestOptions options, SparkSession spark) throws IOException {
    return new Ingestion(options, Optional.empty(), spark).run();
  }

  /**
   * The same of examples that are read already; the options' source is what errors call them.
   *
   * @throws IllegalArgumentException as above
   */
  public static DatasetManifest run(IngestOptions options, ReadExamples read, SparkSession spark)
      throws IOException {
    return new Ingestion(options, Optional.of(read), spark).run();
  }

  /**
   * Checks that the output may be written, without a cluster.
   *
   * @throws IllegalArgumentException if it exists and is not to be replaced
   */
  public static void checkOutput(IngestOptions options, Configuration hadoop) throws IOException {
    OutputFolder.check(options.out(), options.overwrite(), DatasetManifest.FILE_NAME, KIND, hadoop);
  }

  private DatasetManifest run() throws IOException {
    try (OutputFolder folder =
        OutputFolder.begin(
            options.out(), options.overwrite(), DatasetManifest.FILE_NAME, KIND, hadoop)) {
      DatasetManifest manifest = write(folder.fileSystem(), folder.temporary());
      folder.publish();
      log.info(
          "Ingested {}: {} training and {} test images in {}",
          manifest.dataset(),
          manifest.split(Split.TRAIN).examples(),
          manifest.split(Split.TEST).examples(),
          folder.out());
      return manifest;
    }
  }

  private DatasetManifest write(FileSystem fileSystem, Path temporary) throws IOException {
    Path staging = new Path(temporary, ".source");
    IngestionSource source = read.isPresent() ? read.get().source() : open(staging);
    Map<Split, Written> written = new EnumMap<>(Split.class);
    Broadcast<SerializableConfiguration> configuration =
        spark.broadcast(new SerializableConfiguration(hadoop));
    try {
      for (Split split : Split.values()) {
        Path folder = new Path(temporary, split.directory());
        written.put(
            split,
            read.isPresent()
                ? writeRead(read.get(), split, folder, configuration)
                : writeSplit(source, split, folder, configuration));
      }
    } finally {
      configuration.destroy();
    }
    fileSystem.delete(staging, true);
    DatasetManifest manifest = manifest(source, written);
    NamedOutput.inOneSentence(options.out(), () -> manifest.save(fileSystem, temporary));
    return manifest;
  }

  private IngestionSource open(Path staging) throws IOException {
    IngestionSource source =
        switch (options.dataset()) {
          case SYNTHETIC -> IngestionSource.ofSynthetic(options.synthetic(), options.seed());
          case FOLDER -> OwnImages.open(options.source(), options.images(), options.seed(), hadoop);
          case HUGGINGFACE ->
              IngestionSource.ofHuggingFace(
                  HuggingFaceCopy.open(options.source(), options.images(), options.seed(), hadoop),
                  options.images());
          case CIFAR10, CIFAR100 ->
              IngestionSource.ofCifar(
                  CifarCopy.open(
                      CifarFormat.of(options.dataset()), options.source(), staging, hadoop));
        };
    for (Split split : Split.values()) {
      options.filesFor(source.examples(split), split);
    }
    return source;
  }

  private Written writeRead(
      ReadExamples read,
      Split split,
      Path folder,
      Broadcast<SerializableConfiguration> configuration)
      throws IOException {
    int count = read.counts().getOrDefault(split, 0);
    int validation = split == Split.TRAIN ? read.source().validationExamples() : 0;
    if (count == 0) {
      return new Written(List.of(), validation, List.of());
    }
    Broadcast<int[]> positions = spark.broadcast(positions(count, validation, split));
    try {
      JavaPairRDD<Integer, Example> examplesByPosition =
          read.examples()
              .get(split)
              .mapToPair(
                  example ->
                      new Tuple2<>(positions.value()[Math.toIntExact(example.index())], example));
      return new Written(
          writeParts(
              read.source(), split, folder, configuration, examplesByPosition, count, validation),
          validation,
          List.of());
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw failed(e);
    } finally {
      positions.destroy();
    }
  }

  private IOException failed(Exception e) {
    String reason = firstLine(e);
    return new IOException(
        reason.startsWith("Cannot ")
            ? reason
            : String.format(
                Locale.ROOT,
                "Cannot ingest %s into %s: %s",
                options.dataset(),
                options.out(),
                reason),
        e);
  }

  /**
   * What was written of a split.
   *
   * @param validation how many of the rows are for validation
   */
  private record Written(List<PartSummary> parts, int validation, List<SkippedFile> skipped) {}

  /** The job of one split: draw or read, shuffle to positions, write. */
  private Written writeSplit(
      IngestionSource source,
      Split split,
      Path folder,
      Broadcast<SerializableConfiguration> configuration)
      throws IOException {
    int examples = source.examples(split);
    int validation = split == Split.TRAIN ? source.validationExamples() : 0;
    List<SourceSlice> slices = source.slices().get(split);
    try {
      if (options.dataset().isOwn() && options.images().skipUnreadable()) {
        return writeReadable(source, split, folder, configuration, slices, validation);
      }
      int[] positions = positions(examples, validation, split);
      List<Placed> placed = slices.stream().map(slice -> Placed.of(slice, positions)).toList();
      JavaPairRDD<Integer, Example> examplesByPosition =
          spark
              .parallelize(placed, placed.size())
              .flatMapToPair(slice -> slice.examplesByPosition(configuration.value().value()));
      return new Written(
          writeParts(
              source, split, folder, configuration, examplesByPosition, examples, validation),
          validation,
          List.of());
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw failed(e);
    }
  }

  /**
   * The same without the images that cannot be read, as if they had not been there: where a row
   * goes depends on how many of them there are. So all are read once and kept on the executors'
   * disks until that is known.
   */
  private Written writeReadable(
      IngestionSource source,
      Split split,
      Path folder,
      Broadcast<SerializableConfiguration> configuration,
      List<SourceSlice> slices,
      int validation)
      throws IOException {
    JavaRDD<Attempt> attempts =
        spark
            .parallelize(slices, slices.size())
            .flatMap(slice -> slice.attempts(configuration.value().value()))
            .persist(StorageLevel.DISK_ONLY());
    try {
      List<Attempt.Unread> unread =
          attempts
              .filter(attempt -> attempt instanceof Attempt.Unread)
              .map(attempt -> (Attempt.Unread) attempt)
              .collect();
      int all = source.examples(split);
      int examples = all - unread.size();
      if (examples == 0) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: none of the %d images of its %s split can be read; the first: %s",
                options.source(),
                all,
                split.directory(),
                unread.get(0).reason()));
      }
      if (split == Split.TRAIN && !unread.isEmpty()) {
        requireEveryClass(source, attempts, unread);
      }
      BitSet skipped = new BitSet(all);
      unread.forEach(image -> skipped.set(image.index()));
      int readable = validation - skipped.get(0, validation).cardinality();
      int[] positions = positions(examples, readable, split);
      int[] ranks = new int[all];
      for (int index = 0, rank = 0; index < all; index++) {
        ranks[index] = skipped.get(index) ? -1 : rank++;
      }
      Broadcast<int[]> ranksByIndex = spark.broadcast(ranks);
      Broadcast<int[]> positionsByRank = spark.broadcast(positions);
      try {
        JavaPairRDD<Integer, Example> examplesByPosition =
            attempts
                .filter(attempt -> attempt instanceof Attempt.Read)
                .mapToPair(
                    attempt -> {
                      int rank = ranksByIndex.value()[attempt.index()];
                      Example example = ((Attempt.Read) attempt).example().withIndex(rank);
                      return new Tuple2<>(positionsByRank.value()[rank], example);
                    });
        List<PartSummary> parts =
            writeParts(
                source, split, folder, configuration, examplesByPosition, examples, readable);
        for (Attempt.Unread image : unread) {
          log.warn("Skipped: {}", image.reason());
        }
        return new Written(
            parts,
            readable,
            unread.stream()
                .map(image -> new SkippedFile(split.directory(), image.reason()))
                .toList());
      } finally {
        ranksByIndex.destroy();
        positionsByRank.destroy();
      }
    } finally {
      attempts.unpersist();
    }
  }

  /** A class that was there and of which nothing is left would never be learned. */
  private void requireEveryClass(
      IngestionSource source, JavaRDD<Attempt> attempts, List<Attempt.Unread> unread)
      throws IOException {
    Set<Integer> read =
        Set.copyOf(
            attempts
                .filter(attempt -> attempt instanceof Attempt.Read)
                .map(attempt -> ((Attempt.Read) attempt).example().label())
                .distinct()
                .collect());
    for (Attempt.Unread image : unread) {
      if (!read.contains(image.label())) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: no image of class %s in its training split can be read (mend one or remove the class); the first: %s",
                options.source(),
                source.classNames().get(image.label()),
                image.reason()));
      }
    }
  }

  private List<PartSummary> writeParts(
      IngestionSource source,
      Split split,
      Path folder,
      Broadcast<SerializableConfiguration> configuration,
      JavaPairRDD<Integer, Example> examplesByPosition,
      int examples,
      int validation) {
    int classes = source.classNames().size();
    int channels = source.shape().channels();
    boolean coarseLabels = !source.coarseClassNames().isEmpty();
    int files = options.filesFor(examples, split);
    String folderName = folder.toString();
    String out = options.out();
    return examplesByPosition
        .repartitionAndSortWithinPartitions(new FilePartitioner(examples, files))
        .mapPartitionsWithIndex(
            (part, rows) ->
                List.of(
                        writePart(
                            new Path(folderName),
                            part,
                            rows,
                            new PartSummary(classes, channels, validation),
                            coarseLabels,
                            out,
                            configuration.value().value()))
                    .iterator(),
            true)
        .collect();
  }

  /**
   * The position of each index in the stored order: the validation examples, which are the first
   * indices, get the first positions.
   */
  private int[] positions(int examples, int validation, Split split) {
    int[] rest =
        Permutation.sample(
            examples - validation,
            RandomStream.STORED_ORDER.generator(options.seed(), split.ordinal(), 0));
    if (validation == 0) {
      return rest;
    }
    int[] first =
        Permutation.sample(
            validation,
            RandomStream.STORED_ORDER.generator(options.seed(), split.ordinal(), VALIDATION));
    return IntStream.concat(
            IntStream.of(first), IntStream.of(rest).map(position -> validation + position))
        .toArray();
  }

  /**
   * Writes under a name of this attempt's own, then renames: a task that is repeated or runs twice
   * does no harm.
   */
  private static PartSummary writePart(
      Path folder,
      int part,
      Iterator<Tuple2<Integer, Example>> rows,
      PartSummary summary,
      boolean coarseLabels,
      String out,
      Configuration hadoop)
      throws IOException {
    FileSystem fileSystem = folder.getFileSystem(hadoop);
    Path file = new Path(folder, partName(part));
    Path attempt = new Path(folder, "." + partName(part) + "." + TaskContext.get().taskAttemptId());
    try {
      ParquetWriter<Example> writer = ExampleFile.create(attempt, hadoop, coarseLabels);
      try {
        while (rows.hasNext()) {
          Example example = rows.next()._2();
          NamedOutput.inOneSentence(out, () -> writer.write(example));
          summary.add(example);
        }
      } finally {
        NamedOutput.inOneSentence(out, writer::close);
      }
      fileSystem.delete(file, false);
      if (!fileSystem.rename(attempt, file)) {
        throw new IOException(
            String.format(Locale.ROOT, "%s cannot be renamed to %s", attempt, file.getName()));
      }
    } finally {
      fileSystem.delete(attempt, false);
    }
    return summary;
  }

  private DatasetManifest manifest(IngestionSource source, Map<Split, Written> written) {
    Map<Split, SplitManifest> splits = new EnumMap<>(Split.class);
    List<SkippedFile> skipped = new ArrayList<>();
    written.forEach(
        (split, writtenOfSplit) -> {
          List<PartSummary> ofSplit = writtenOfSplit.parts();
          skipped.addAll(writtenOfSplit.skipped());
          PartSummary total =
              PartSummary.sum(source.classNames().size(), source.shape().channels(), ofSplit);
          List<PartFile> files = new ArrayList<>();
          for (int part = 0; part < ofSplit.size(); part++) {
            files.add(new PartFile(partName(part), ofSplit.get(part).examples()));
          }
          List<Long> examplesPerClass = LongStream.of(total.examplesPerClass()).boxed().toList();
          splits.put(split, new SplitManifest(total.examples(), examplesPerClass, files));
        });
    ImageShape shape = source.shape();
    PartSummary train =
        PartSummary.sum(
            source.classNames().size(), shape.channels(), written.get(Split.TRAIN).parts());
    int pixels = shape.height() * shape.width();
    return new DatasetManifest(
        DatasetManifest.FORMAT_VERSION,
        source.dataset(),
        source.classNames().size(),
        source.classNames(),
        source.coarseClassNames(),
        shape.height(),
        shape.width(),
        shape.channels(),
        keepsEncoded() ? DatasetManifest.ENCODED_LAYOUT : DatasetManifest.LAYOUT,
        IntStream.range(0, shape.channels())
            .mapToObj(channel -> train.mean(channel, pixels))
            .toList(),
        IntStream.range(0, shape.channels())
            .mapToObj(channel -> deviation(train, channel, pixels))
            .toList(),
        options.images().upright() ? ExifPolicy.UPRIGHT : ExifPolicy.IGNORE,
        options.seed(),
        written.get(Split.TRAIN).validation(),
        ExampleFile.ROW_GROUP_BYTES,
        train.meanImageBytes(),
        splits,
        source.files(),
        skipped,
        Map.of(
            "spark", spark.version(),
            "java", Runtime.version().toString(),
            "parquet", org.apache.parquet.Version.VERSION_NUMBER));
  }

  /** Examples that somebody has read come as pixels, and so do others than one's own. */
  private boolean keepsEncoded() {
    return options.dataset().isOwn() && options.images().keepEncoded() && read.isEmpty();
  }

  /** The standard deviation of a channel, or 1 where it has none and nothing is to be scaled. */
  private static double deviation(PartSummary train, int channel, int pixels) {
    if (train.isConstant(channel, pixels)) {
      log.warn(
          "Channel {} is the same in every pixel of every training image; its deviation is stored as 1",
          channel);
      return 1;
    }
    return train.std(channel, pixels);
  }

  private static String partName(int part) {
    return String.format(Locale.ROOT, "part-%05d.parquet", part);
  }

  private static String firstLine(Throwable e) {
    return Unreadable.sentenceOrReason(e);
  }

  /** A slice and the positions its examples go to. Serialized to executors. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Placed(SourceSlice slice, int[] positions) implements java.io.Serializable {
    static Placed of(SourceSlice slice, int[] positionsByIndex) {
      int first = slice.firstIndex();
      return new Placed(slice, Arrays.copyOfRange(positionsByIndex, first, first + slice.size()));
    }

    Iterator<Tuple2<Integer, Example>> examplesByPosition(Configuration hadoop) throws IOException {
      Iterator<Example> examples = slice.examples(hadoop);
      return IntStream.of(positions)
          .mapToObj(position -> new Tuple2<>(position, examples.next()))
          .iterator();
    }
  }

  /** Sends a position to the file that holds it. */
  private static final class FilePartitioner extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final long examples;
    private final int files;

    FilePartitioner(long examples, int files) {
      this.examples = examples;
      this.files = files;
    }

    @Override
    public int numPartitions() {
      return files;
    }

    /**
     * The inverse of {@link PositionRange#split}: the first {@code examples % files} files hold one
     * row more.
     */
    @Override
    public int getPartition(Object position) {
      long smaller = examples / files;
      long larger = examples % files;
      long inLarger = larger * (smaller + 1);
      int at = (Integer) position;
      return Math.toIntExact(
          at < inLarger ? at / (smaller + 1) : larger + (at - inLarger) / smaller);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof FilePartitioner that
          && that.examples == examples
          && that.files == files;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(examples) * 31 + files;
    }
  }
}
