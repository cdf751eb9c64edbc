package org.isonorm.data.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.isonorm.data.Stored;
import org.isonorm.data.reading.RowOrder.Window;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleStreamTest {
  private static final int EXAMPLES = 1_200;

  /** Row groups of Parquet's least, 100 rows, in each of two files. */
  private static final long ROW_GROUP_BYTES = 100_000;

  private static final PositionRange RANGE = new PositionRange(50, 1_150);
  private static final int SIZE = 1_100;
  private static final int BATCH = 32;
  private static final int WINDOW = 150;

  @TempDir static Path folder;

  private static final List<Example> STORED = Stored.randomExamples(EXAMPLES, 5);
  private static DatasetManifest manifest;

  @BeforeAll
  static void write() {
    manifest = Stored.write(folder, STORED, 2, ROW_GROUP_BYTES);
  }

  private static ExampleStream open(RowOrder order) throws IOException {
    return ExampleStream.open(
        manifest, folder.toString(), Split.TRAIN, RANGE, order, Stored.HADOOP);
  }

  private static RowOrder shuffled(long seed, int worker) {
    return new RowOrder.Shuffled(seed, worker, WINDOW);
  }

  /** The indices of an epoch from a place on, in batches. */
  private static long[] indices(ExampleStream stream, int epoch, int from) throws IOException {
    List<long[]> batches = new ArrayList<>();
    for (int at = from; at < SIZE; at += BATCH) {
      batches.add(stream.read(epoch, at, Math.min(BATCH, SIZE - at)).indices());
    }
    return batches.stream().flatMapToLong(Arrays::stream).toArray();
  }

  private static long[] inRange() {
    return STORED.subList(50, 1_150).stream().mapToLong(Example::index).toArray();
  }

  @Test
  void everyExampleIsSeenOnceAnEpochInAnOrderOfItsOwn() throws IOException {
    ExampleStream stream = open(shuffled(1, 0));
    assertThat(stream.size()).isEqualTo(SIZE);
    List<long[]> orders = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      orders.add(indices(stream, epoch, 0));
      assertThat(orders.get(epoch)).containsExactlyInAnyOrder(inRange());
    }
    orders.add(indices(open(shuffled(2, 0)), 0, 0));
    orders.add(indices(open(shuffled(1, 1)), 0, 0));
    orders.add(inRange());
    for (int a = 0; a < orders.size(); a++) {
      for (int b = 0; b < a; b++) {
        assertThat(orders.get(a)).isNotEqualTo(orders.get(b));
      }
    }
  }

  @Test
  void aPlaceHoldsTheSameWhereverReadingBegan() throws IOException {
    ExampleStream through = open(shuffled(1, 0));
    indices(through, 0, 0);
    long[] second = indices(through, 1, 0);
    for (int from : new int[] {0, BATCH, 17 * BATCH, 34 * BATCH}) {
      assertThat(indices(open(shuffled(1, 0)), 1, from))
          .isEqualTo(Arrays.copyOfRange(second, from, SIZE));
    }
    // There and back again.
    assertThat(indices(through, 1, 5 * BATCH))
        .isEqualTo(Arrays.copyOfRange(second, 5 * BATCH, SIZE));
  }

  @Test
  void rowsKeepTheirImagesAndLabels() throws IOException {
    Shard batch = open(shuffled(1, 0)).read(0, 400, BATCH);
    for (int i = 0; i < BATCH; i++) {
      long index = batch.indices()[i];
      Example example =
          STORED.stream().filter(each -> each.index() == index).findFirst().orElseThrow();
      int bytes = manifest.shape().size();
      assertThat(Arrays.copyOfRange(batch.images(), i * bytes, (i + 1) * bytes))
          .isEqualTo(example.image());
      assertThat(batch.labels()[i]).isEqualTo(example.label());
    }
  }

  @Test
  void whatIsHeldAtOnceIsTwoWindowsAndABatchHoweverManyThereAre() throws IOException {
    ExampleStream stream = open(shuffled(1, 0));
    int most = 0;
    for (int epoch = 0; epoch < 2; epoch++) {
      for (int at = 0; at + BATCH <= SIZE; at += BATCH) {
        stream.read(epoch, at, BATCH);
        most = Math.max(most, stream.held());
      }
    }
    // A window ends with the row group that fills it: 199 rows are the most that 150 become.
    assertThat(most).isGreaterThan(WINDOW).isLessThanOrEqualTo(2 * 249 + BATCH);
  }

  @Test
  void theStoredOrderIsThatOfTheShard() throws IOException {
    ExampleStream stream = open(new RowOrder.Stored());
    for (int pass = 0; pass < 2; pass++) {
      assertThat(indices(stream, 0, 0)).isEqualTo(inRange());
    }
    Shard batch = stream.read(0, 64, BATCH);
    assertThat(batch.positions()).isEqualTo(new PositionRange(114, 146));
    Shard whole =
        ShardReader.read(
            manifest, folder.toString(), Split.TRAIN, new PositionRange(114, 146), Stored.HADOOP);
    assertThat(batch.images()).isEqualTo(whole.images());
    assertThat(batch.labels()).isEqualTo(whole.labels());
  }

  @Test
  void windowsAreOfWholeRowGroupsAndMixTheirRows() {
    int[] groups = {100, 60, 40, 200, 30};
    List<Window> windows = new RowOrder.Shuffled(3, 0, 120).windows(groups, 4);
    assertThat(windows.stream().flatMapToInt(window -> IntStream.of(window.groups())))
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    for (Window window : windows) {
      int rows = IntStream.of(window.groups()).map(group -> groups[group]).sum();
      assertThat(window.rows())
          .containsExactlyInAnyOrder(IntStream.range(0, rows).toArray())
          .isNotEqualTo(IntStream.range(0, rows).toArray());
    }
    assertThat(windows.subList(0, windows.size() - 1))
        .allSatisfy(window -> assertThat(window.rows()).hasSizeGreaterThanOrEqualTo(120));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RowOrder.Shuffled(1, 0, 0))
        .withMessage("Invalid window: 0 (must be >= 1)");
  }

  @Test
  void aDamagedFileIsNamedAndReadingMayBeTriedAgain(@TempDir Path other) throws IOException {
    DatasetManifest copy = Stored.write(other, STORED.subList(0, 400), 1, ROW_GROUP_BYTES);
    ExampleStream stream =
        ExampleStream.open(
            copy,
            other.toString(),
            Split.TRAIN,
            new PositionRange(0, 400),
            new RowOrder.Stored(),
            Stored.HADOOP);
    Path part = other.resolve("train/part-0.parquet");
    byte[] whole = Files.readAllBytes(part);
    Files.delete(other.resolve("train/.part-0.parquet.crc"));
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 0x55;
    Files.write(part, damaged);
    assertThatIOException()
        .isThrownBy(() -> stream.read(0, 0, 400))
        .withMessageStartingWith("Cannot read ")
        .withMessageContaining("part-0.parquet: ")
        .withMessageContaining("CRC checksum verification failed");
    Files.write(part, whole);
    assertThat(LongStream.of(stream.read(0, 0, 400).indices()).boxed().toList())
        .isEqualTo(STORED.subList(0, 400).stream().map(Example::index).toList());
  }

  @Test
  void refusesPlacesThatAnEpochDoesNotHave() throws IOException {
    ExampleStream stream = open(shuffled(1, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stream.read(0, 1_090, BATCH))
        .withMessage("Invalid places: 1090 to 1122 (must be within the 1100 of an epoch)");
  }
}
