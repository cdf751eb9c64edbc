package org.isonorm.data.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.isonorm.data.CifarFixture;
import org.isonorm.data.FullDisk;
import org.isonorm.data.SparkTest;
import org.isonorm.data.Stored;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.shard.SplitManifest;
import org.isonorm.data.source.CifarCopy;
import org.isonorm.data.source.CifarFormat;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.IngestionSource;
import org.isonorm.data.source.SourceSlice;
import org.isonorm.data.source.SyntheticDataset;
import org.isonorm.data.source.SyntheticSettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestionTest {
  private static final SyntheticSettings SMALL = new SyntheticSettings(10, 203, 50);

  /** Sums of integers are exact on one side and doubles on the other. */
  private static final double STATISTICS_TOLERANCE = 1e-12;

  @TempDir Path folder;
  private Path out;

  @BeforeEach
  void nameOutput() {
    out = folder.resolve("out");
  }

  private DatasetManifest ingest(IngestOptions options) throws IOException {
    return Ingestion.run(options, SparkTest.session());
  }

  private IngestOptions synthetic() {
    return IngestOptions.synthetic(SMALL, out.toString()).withFiles(4);
  }

  private Path cifar10() throws IOException {
    return CifarFixture.write(folder.resolve("cifar-10-batches-bin"), CifarFixture.cifar10());
  }

  private Shard read(Split split, long rows) throws IOException {
    return ShardReader.read(out.toString(), split, 0, rows, Stored.HADOOP);
  }

  /** Everything in the folder that holds the output, hidden files too. */
  private List<String> besideOutput() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesEqualFilesAndAManifestThatIsRight() throws IOException {
    DatasetManifest manifest = ingest(synthetic());
    assertThat(DatasetManifest.load(out.toString(), Stored.HADOOP)).isEqualTo(manifest);
    SplitManifest train = manifest.split(Split.TRAIN);
    assertThat(train.files())
        .containsExactly(
            new PartFile("part-00000.parquet", 51),
            new PartFile("part-00001.parquet", 51),
            new PartFile("part-00002.parquet", 51),
            new PartFile("part-00003.parquet", 50));
    assertThat(train.examplesPerClass())
        .containsExactly(21L, 21L, 21L, 20L, 20L, 20L, 20L, 20L, 20L, 20L);
    assertThat(manifest.split(Split.TEST).examples()).isEqualTo(50);
    assertThat(manifest.dataset()).isEqualTo("synthetic");
    assertThat(manifest.versions()).containsKeys("spark", "parquet", "java");
    assertThat(besideOutput()).containsExactly("out");
  }

  @Test
  void namesOfFilesDoNotDependOnTheLocalesDigits() throws IOException {
    Locale before = Locale.getDefault();
    // Its %d writes ۰۱۲.
    Locale.setDefault(Locale.forLanguageTag("fa-IR-u-nu-arabext"));
    try {
      assertThat("%d".formatted(0)).isEqualTo("۰");
      DatasetManifest manifest = ingest(synthetic());
      assertThat(manifest.split(Split.TRAIN).files())
          .extracting(PartFile::name)
          .startsWith("part-00000.parquet");
      assertThat(read(Split.TRAIN, 203).size()).isEqualTo(203);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read(Split.TEST, 51))
          .withMessageStartingWith("Invalid positions: 0 to 51 ");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void storesEveryImageOnceByteForByte() throws IOException {
    ingest(synthetic().withSeed(5));
    SyntheticDataset images = new SyntheticDataset(10, 5);
    for (Split split : Split.values()) {
      int rows = split == Split.TRAIN ? 203 : 50;
      Shard shard = read(split, rows);
      assertThat(LongStream.of(shard.indices()).sorted().toArray())
          .isEqualTo(LongStream.range(0, rows).toArray());
      for (int row = 0; row < rows; row++) {
        assertThat(image(shard, row)).isEqualTo(images.image(split, shard.indices()[row]));
        assertThat(shard.labels()[row]).isEqualTo(images.label(shard.indices()[row]));
      }
    }
  }

  private static byte[] image(Shard shard, int row) {
    int size = shard.shape().size();
    return java.util.Arrays.copyOfRange(shard.images(), row * size, (row + 1) * size);
  }

  @Test
  void computesTheTrainingSplitsStatistics() throws IOException {
    DatasetManifest manifest = ingest(synthetic());
    byte[] images = read(Split.TRAIN, 203).images();
    for (int channel = 0; channel < 3; channel++) {
      double sum = 0;
      for (int i = channel; i < images.length; i += 3) {
        sum += (images[i] & 0xff) / 255.0;
      }
      double mean = sum / (images.length / 3.0);
      double squares = 0;
      for (int i = channel; i < images.length; i += 3) {
        squares += Math.pow((images[i] & 0xff) / 255.0 - mean, 2);
      }
      assertThat(manifest.mean().get(channel)).isCloseTo(mean, within(STATISTICS_TOLERANCE));
      assertThat(manifest.std().get(channel))
          .isCloseTo(Math.sqrt(squares / (images.length / 3.0)), within(STATISTICS_TOLERANCE));
    }
  }

  @Test
  void storesASeededShuffleWhateverTheNumberOfFiles() throws IOException {
    ingest(synthetic());
    long[] order = read(Split.TRAIN, 203).indices();
    byte[] images = read(Split.TRAIN, 203).images();
    assertThat(order).isNotEqualTo(LongStream.range(0, 203).toArray());
    ingest(synthetic().withFiles(1).withOverwrite(true));
    assertThat(read(Split.TRAIN, 203).indices()).isEqualTo(order);
    assertThat(read(Split.TRAIN, 203).images()).isEqualTo(images);
    ingest(synthetic().withSeed(2).withOverwrite(true));
    assertThat(read(Split.TRAIN, 203).indices()).isNotEqualTo(order);
  }

  @Tag("long")
  @Test
  void sparkSqlReadsTheFiles() throws IOException {
    ingest(synthetic());
    Dataset<Row> rows = SparkTest.session().read().parquet(out.resolve("train").toString());
    assertThat(rows.schema().fieldNames()).containsExactly("index", "image", "label");
    assertThat(rows.schema().simpleString())
        .isEqualTo("struct<index:bigint,image:binary,label:int>");
    Row row = rows.filter("index = 17").first();
    assertThat(row.<byte[]>getAs("image"))
        .isEqualTo(new SyntheticDataset(10, 1).image(Split.TRAIN, 17));
    assertThat(row.<Integer>getAs("label")).isEqualTo(7);
  }

  @Test
  void turnsCifarPlanesIntoPixelsByteForByte() throws IOException {
    DatasetManifest manifest =
        ingest(IngestOptions.cifar(DatasetKind.CIFAR10, cifar10().toString(), out.toString()));
    assertThat(manifest.sources()).hasSize(7);
    assertThat(manifest.classNames()).startsWith("name0");
    Map<String, byte[]> files = CifarFixture.cifar10();
    Shard shard = read(Split.TRAIN, 5L * CifarFixture.RECORDS);
    for (int row = 0; row < shard.size(); row++) {
      int index = Math.toIntExact(shard.indices()[row]);
      byte[] batch =
          files.get("data_batch_%d.bin".formatted(1 + Math.floorDiv(index, CifarFixture.RECORDS)));
      assertRecord(batch, index % CifarFixture.RECORDS * 3_073 + 1, shard, row);
    }
  }

  private static void assertRecord(byte[] batch, int pixels, Shard shard, int row) {
    assertThat(shard.labels()[row]).isEqualTo(batch[pixels - 1]);
    byte[] image = image(shard, row);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        for (int channel = 0; channel < 3; channel++) {
          assertThat(image[(y * 32 + x) * 3 + channel])
              .isEqualTo(batch[pixels + channel * 1_024 + y * 32 + x]);
        }
      }
    }
  }

  @Test
  void keepsCoarseLabelsOfCifar100() throws IOException {
    Path archive = folder.resolve("cifar-100-binary.tar.gz");
    Map<String, byte[]> files = CifarFixture.cifar100();
    Files.write(archive, CifarFixture.tarGz("cifar-100-binary", files));
    DatasetManifest manifest =
        ingest(
            IngestOptions.cifar(DatasetKind.CIFAR100, archive.toString(), out.toString())
                .withFiles(3));
    assertThat(manifest.hasCoarseLabels()).isTrue();
    assertThat(manifest.classNames()).hasSize(100).contains("name99");
    assertThat(manifest.coarseClassNames()).hasSize(20).contains("name19");
    for (int channel = 0; channel < 3; channel++) {
      double[] values = cifar100Values(files.get("train.bin"), channel);
      double mean = Arrays.stream(values).average().orElseThrow();
      double square = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
      assertThat(manifest.mean().get(channel)).isCloseTo(mean, within(STATISTICS_TOLERANCE));
      assertThat(manifest.std().get(channel))
          .isCloseTo(Math.sqrt(square - mean * mean), within(STATISTICS_TOLERANCE));
    }
    assertThat(besideOutput()).containsExactly("cifar-100-binary.tar.gz", "out");
    try (Stream<Path> content = Files.list(out)) {
      assertThat(content.filter(Files::isDirectory)).hasSize(2);
    }
    Shard shard = read(Split.TEST, CifarFixture.RECORDS);
    Map<Long, Integer> coarse = new HashMap<>();
    SparkTest.session()
        .read()
        .parquet(out.resolve("test").toString())
        .collectAsList()
        .forEach(row -> coarse.put(row.getAs("index"), row.getAs("coarse_label")));
    for (int row = 0; row < shard.size(); row++) {
      int record = Math.toIntExact(shard.indices()[row]) * 3_074;
      assertRecord(files.get("test.bin"), record + 2, shard, row);
      assertThat(coarse.get(shard.indices()[row])).isEqualTo((int) files.get("test.bin")[record]);
    }
  }

  /** Every value of a channel of a CIFAR-100 batch, from 0 to 1. */
  private static double[] cifar100Values(byte[] batch, int channel) {
    return IntStream.range(0, CifarFixture.RECORDS)
        .flatMap(
            record -> {
              int plane = record * 3_074 + 2 + channel * 1_024;
              return IntStream.range(plane, plane + 1_024).map(i -> batch[i] & 0xff);
            })
        .mapToDouble(level -> level / 255.0)
        .toArray();
  }

  @Test
  void neverOverwritesUnlessTold() throws IOException {
    ingest(synthetic());
    long[] before = read(Split.TRAIN, 203).indices();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic().withSeed(2)))
        .withMessage(
            "Invalid out: file:%s exists (replace it with --overwrite, or choose another)", out);
    assertThat(read(Split.TRAIN, 203).indices()).isEqualTo(before);
    ingest(synthetic().withSeed(2).withOverwrite(true));
    assertThat(read(Split.TRAIN, 203).indices()).isNotEqualTo(before);
    assertThat(besideOutput()).containsExactly("out");
  }

  @Test
  void ofTwoIngestionsIntoOneNewFolderTheSecondIsRefused() throws Exception {
    IngestOptions slow = synthetic();
    CountDownLatch started = new CountDownLatch(1);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<DatasetManifest> other =
          pool.submit(
              () -> {
                started.countDown();
                return ingest(slow.withSeed(7));
              });
      started.await();
      List<Throwable> refused = new ArrayList<>();
      try {
        ingest(slow.withSeed(8));
      } catch (IllegalArgumentException e) {
        refused.add(e);
      }
      try {
        other.get();
      } catch (ExecutionException e) {
        refused.add(e.getCause());
      }
      assertThat(refused).hasSize(1);
      assertThat(refused.get(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Invalid out: file:%s exists (replace it with --overwrite, or choose another)", out);
    } finally {
      pool.shutdown();
    }
    assertThat(DatasetManifest.load(out.toString(), Stored.HADOOP).seed()).isIn(7L, 8L);
    assertThat(read(Split.TRAIN, 203).size()).isEqualTo(203);
    assertThat(besideOutput()).containsExactly("out");
    try (Stream<Path> content = Files.list(out)) {
      assertThat(content.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("train", "test", "manifest.json", ".manifest.json.crc");
    }
  }

  @Test
  void overwritesTheTargetOfALinkAndKeepsTheLink() throws IOException {
    Path target = folder.resolve("elsewhere/data");
    Files.createDirectories(target.getParent());
    ingest(IngestOptions.synthetic(SMALL, target.toString()));
    Files.createSymbolicLink(out, target);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic().withSeed(2)))
        .withMessage(
            "Invalid out: file:%s exists (replace it with --overwrite, or choose another)", target);
    ingest(synthetic().withSeed(2).withOverwrite(true));
    assertThat(out).isSymbolicLink();
    assertThat(DatasetManifest.load(target.toString(), Stored.HADOOP).seed()).isEqualTo(2);
    try (Stream<Path> content = Files.list(target.getParent())) {
      assertThat(content.filter(Files::isDirectory)).containsExactly(target);
    }
  }

  @Test
  void refusesALinkToNothing() throws IOException {
    Files.createSymbolicLink(out, folder.resolve("gone"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic()))
        .withMessageStartingWith(
            "Invalid out: file:%s is a link to %s, which is not there",
            out, folder.resolve("gone"));
    assertThat(out).isSymbolicLink();
  }

  @Test
  void aSmallSplitBecomesAsManyFilesAsItHasRows() throws IOException {
    DatasetManifest manifest =
        ingest(IngestOptions.synthetic(new SyntheticSettings(10, 40, 8), out.toString()));
    assertThat(manifest.split(Split.TRAIN).files()).hasSize(16);
    assertThat(manifest.split(Split.TEST).files()).hasSize(8);
    assertThat(read(Split.TEST, 8).size()).isEqualTo(8);
  }

  @Test
  void neverOverwritesWhatIsNoIngestedDataset() throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("thesis.tex"), "years of work");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic().withOverwrite(true)))
        .withMessage(
            "Invalid out: file:%s is not an ingested data set, so it is not overwritten (choose another)",
            out);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic()))
        .withMessage(
            "Invalid out: file:%s exists and is not an ingested data set (choose another)", out);
    assertThat(out.resolve("thesis.tex")).hasContent("years of work");
  }

  @Test
  void leavesNothingBehindWhenTheSourceIsRefused() throws IOException {
    Path source = cifar10();
    Files.write(source.resolve("test_batch.bin"), new byte[100]);
    assertThatIOException()
        .isThrownBy(
            () ->
                ingest(IngestOptions.cifar(DatasetKind.CIFAR10, source.toString(), out.toString())))
        .withMessage("Cannot read CIFAR batch test_batch.bin: 100 bytes is not a multiple of 3073");
    assertThat(besideOutput()).containsExactly("cifar-10-batches-bin");
  }

  @Test
  void aFailedOverwriteLeavesTheOldDataset() throws IOException {
    ingest(synthetic());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ingest(synthetic().withFiles(51).withOverwrite(true)))
        .withMessage("Invalid files: 51 (must be at most the 50 rows of the test split)");
    assertThat(read(Split.TRAIN, 203).size()).isEqualTo(203);
    assertThat(besideOutput()).containsExactly("out");
  }

  @Test
  void saysSoWhenTheOutputCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatIOException()
        .isThrownBy(() -> ingest(IngestOptions.synthetic(SMALL, file.resolve("out").toString())))
        .withMessageStartingWith("Cannot write to file:%s: ", file);
  }

  @Test
  void aFullDiskIsSaidOfTheOutput() throws IOException {
    SparkTest.session()
        .sparkContext()
        .hadoopConfiguration()
        .setClass("fs.full.impl", FullDisk.class, FileSystem.class);
    String full = FullDisk.SCHEME + ":" + out;
    String sentence =
        "Cannot write to %s: No space left on device (make it writable or free some space there, or choose another)";
    assertThatIOException()
        .isThrownBy(() -> ingest(IngestOptions.synthetic(SMALL, full)))
        .withMessage(sentence, full);
    assertThat(besideOutput()).isEmpty();

    // Nor is an archive broken whose files have no place.
    Path archive = folder.resolve("cifar-10-binary.tar.gz");
    Files.write(archive, CifarFixture.tarGz("cifar-10-batches-bin", CifarFixture.cifar10()));
    org.apache.hadoop.fs.Path staging = new org.apache.hadoop.fs.Path(full, "staging");
    assertThatIOException()
        .isThrownBy(
            () ->
                CifarCopy.open(
                    CifarFormat.CIFAR10,
                    archive.toString(),
                    staging,
                    SparkTest.session().sparkContext().hadoopConfiguration()))
        .withMessage(sentence, staging);
  }

  @Test
  void anExecutorsErrorBecomesOneSentence() throws IOException {
    // A record that shrinks between the check and the job: the task meets the end of the file.
    Path source = cifar10();
    CifarCopy copy =
        CifarCopy.open(
            CifarFormat.CIFAR10,
            source.toString(),
            new org.apache.hadoop.fs.Path(folder.resolve("staging").toString()),
            Stored.HADOOP);
    SourceSlice slice = IngestionSource.ofCifar(copy).slices().get(Split.TRAIN).get(1);
    Files.write(source.resolve("data_batch_2.bin"), new byte[3_073]);
    assertThatIOException()
        .isThrownBy(() -> slice.examples(Stored.HADOOP))
        .withMessage("Cannot read CIFAR batch data_batch_2.bin: it changed while it was ingested");
  }

  @Test
  void refusesOptionsThatMakeNoSense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> synthetic().withFiles(0))
        .withMessage("Invalid files: 0 (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IngestOptions.cifar(DatasetKind.CIFAR10, "", "out"))
        .withMessageStartingWith("Invalid source: ''");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IngestOptions.synthetic(SMALL, " "))
        .withMessage("Invalid out: '' (must name a folder)");
  }
}
