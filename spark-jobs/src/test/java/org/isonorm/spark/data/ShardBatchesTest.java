package org.isonorm.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.data.augmentation.MixingSettings;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.SyntheticSettings;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.train.LocalSpark;
import org.isonorm.spark.train.Serialized;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardBatchesTest {
  private static final int EXAMPLES = 101;

  @TempDir static Path folder;

  private static String dataset;
  private static DatasetManifest manifest;

  @BeforeAll
  static void ingest() throws IOException {
    dataset = folder.resolve("synthetic").toString();
    Ingestion.run(
        IngestOptions.synthetic(new SyntheticSettings(10, EXAMPLES, 20), dataset),
        LocalSpark.session());
    manifest = DatasetManifest.load(dataset, new Configuration());
  }

  private static List<ShardBatches> workers(int count, AugmentationSettings augmentation)
      throws IOException {
    List<ShardBatches> workers = new ArrayList<>();
    for (ShardReference shard :
        ShardReference.split(dataset, Split.TRAIN, new PositionRange(0, EXAMPLES), count)) {
      ShardReference sent = ShardReference.parse(shard.toString());
      assertThat(sent).isEqualTo(shard);
      workers.add(
          new ShardBatches(
              sent.worker(),
              ShardReader.read(
                  manifest, sent.dataset(), sent.split(), sent.positions(), new Configuration()),
              BatchAssembler.of(manifest, CenterCrop.NONE, augmentation),
              8,
              1));
    }
    return workers;
  }

  @Test
  void anExampleDrawsItsDropoutByEpochAndIndexWhateverTheWorkers() throws IOException {
    Map<Long, Set<Long>> drawn = new TreeMap<>();
    for (int epoch = 0; epoch < 2; epoch++) {
      Set<Long> one = dropoutSeeds(workers(1, AugmentationSettings.NONE), epoch);
      assertThat(one).hasSize(EXAMPLES);
      assertThat(dropoutSeeds(workers(3, AugmentationSettings.NONE), epoch)).isEqualTo(one);
      drawn.put((long) epoch, one);
    }
    assertThat(drawn.get(1L)).doesNotContainAnyElementsOf(drawn.get(0L));
  }

  private static Set<Long> dropoutSeeds(List<ShardBatches> workers, int epoch) {
    Set<Long> seeds = new TreeSet<>();
    for (ShardBatches worker : workers) {
      for (int step = 0; step < worker.steps(); step++) {
        try (Batch batch = worker.batch(epoch, step)) {
          assertThat(batch.dropout().ofExamples()).hasSize(batch.examples());
          LongStream.of(batch.dropout().ofExamples()).forEach(seeds::add);
        }
      }
    }
    return seeds;
  }

  @Test
  void everyExampleIsSeenExactlyOnceAnEpoch() throws IOException {
    List<String> stored = images(workers(1, AugmentationSettings.NONE), 0);
    for (int epoch = 0; epoch < 3; epoch++) {
      List<String> seen = images(workers(3, AugmentationSettings.NONE), epoch);
      assertThat(seen).hasSize(EXAMPLES);
      assertThat(seen).containsExactlyInAnyOrderElementsOf(stored);
    }
  }

  @Test
  void epochsDifferInOrderAndRepeatsDoNot() throws IOException {
    List<ShardBatches> worker = workers(1, AugmentationSettings.CROP_AND_FLIP);
    assertThat(images(worker, 1)).isEqualTo(images(worker, 1));
    assertThat(images(workers(1, AugmentationSettings.CROP_AND_FLIP), 1))
        .isEqualTo(images(worker, 1));
    assertThat(images(worker, 1)).isNotEqualTo(images(worker, 2));
  }

  /** The synthetic data set in windows of about a file's rows: 16 files have 6 or 7 each. */
  private static List<ShardBatches> streamed(int count) throws IOException {
    List<ShardBatches> workers = new ArrayList<>();
    ExampleAccess access = new ExampleAccess(manifest, true, 13);
    for (ShardReference shard :
        ShardReference.split(dataset, Split.TRAIN, new PositionRange(0, EXAMPLES), count)) {
      workers.add(
          new ShardBatches(
              shard.worker(),
              access.shuffled(shard, 1, new Configuration()),
              BatchAssembler.of(manifest, CenterCrop.NONE, AugmentationSettings.CROP_AND_FLIP),
              8,
              1));
    }
    return workers;
  }

  @Test
  void aStreamGivesEveryExampleOnceAnEpochAugmentedAsInMemory() throws IOException {
    for (int epoch = 0; epoch < 2; epoch++) {
      List<String> seen = images(streamed(3), epoch);
      assertThat(seen)
          .containsExactlyInAnyOrderElementsOf(
              images(workers(3, AugmentationSettings.CROP_AND_FLIP), epoch))
          .isNotEqualTo(images(workers(3, AugmentationSettings.CROP_AND_FLIP), epoch));
      assertThat(dropoutSeeds(streamed(3), epoch))
          .isEqualTo(dropoutSeeds(workers(3, AugmentationSettings.NONE), epoch));
    }
  }

  @Test
  void aStreamsBatchIsTheSameOnAnotherExecutorInTheMiddleOfAnEpoch() throws Exception {
    ShardBatches through = streamed(2).get(1);
    List<String> second = new ArrayList<>();
    for (int epoch = 0; epoch < 2; epoch++) {
      second = images(List.of(through), epoch);
    }
    ShardBatches sent = Serialized.copy(streamed(2).get(1));
    try (Batch batch = sent.batch(1, 4)) {
      for (int i = 0; i < batch.examples(); i++) {
        assertThat(text(batch, i)).isEqualTo(second.get(4 * 8 + i));
      }
    }
  }

  @Test
  void examplesForEvaluationAreTheSameStreamedAndInMemory() throws IOException {
    ShardReference shard = new ShardReference(dataset, Split.TRAIN, new PositionRange(10, 60), 0);
    List<String> ways = new ArrayList<>();
    for (boolean streams : new boolean[] {true, false}) {
      EvaluationBatches batches =
          new EvaluationBatches(
              0,
              new ExampleAccess(manifest, streams, 13).stored(shard, new Configuration()),
              BatchAssembler.of(manifest, CenterCrop.NONE, AugmentationSettings.NONE),
              16);
      StringBuilder all = new StringBuilder();
      for (int from = 0; from < batches.examples(); from += batches.batchSize()) {
        EvaluationBatches.Batch batch = batches.batch(from);
        all.append(Arrays.toString(batch.labels()));
        all.append(Arrays.toString(batch.features().data().asFloat()));
        all.append(batch.picture(1).position());
        all.append(Arrays.toString(batch.picture(1).pixels()));
      }
      ways.add(all.toString());
    }
    assertThat(ways.get(0)).isEqualTo(ways.get(1));
  }

  @Test
  void manifoldMixupLeavesHiddenStatesToTheNetworkAndMixesLabels() throws IOException {
    AugmentationSettings manifold =
        AugmentationSettings.CROP_AND_FLIP.withMixing(
            new MixingSettings(MixingMethod.MANIFOLD_MIXUP, 1, 2));
    ShardBatches worker = workers(1, manifold).get(0);
    Set<Integer> stages = new HashSet<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      for (int step = 0; step < worker.steps(); step++) {
        try (Batch batch = worker.batch(epoch, step);
            Batch again = worker.batch(epoch, step)) {
          stages.add(batch.mix() == null ? 0 : batch.mix().stage());
          assertThat(again.features()).isEqualTo(batch.features());
          assertThat(again.labels()).isEqualTo(batch.labels());
          if (batch.mix() != null) {
            assertThat(again.mix().lambda()).isEqualTo(batch.mix().lambda());
            assertThat(again.mix().partners()).isEqualTo(batch.mix().partners());
            assertThat(batch.mix().partners()).hasSize(batch.examples());
          }
        }
      }
    }
    assertThat(stages).containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void mixedBatchesRepeatBitForBitAndDifferFromStepToStep() throws IOException {
    AugmentationSettings mixup =
        AugmentationSettings.CROP_AND_FLIP.withMixing(new MixingSettings(MixingMethod.MIXUP, 1, 1));
    List<ShardBatches> workers = workers(2, mixup);
    assertThat(images(workers(2, mixup), 1)).isEqualTo(images(workers, 1));
    assertThat(images(workers(2, AugmentationSettings.CROP_AND_FLIP), 1))
        .isNotEqualTo(images(workers, 1));
    Set<Float> shares = new HashSet<>();
    for (int s = 0; s < 6; s++) {
      try (Batch batch = workers.get(0).batch(0, s)) {
        assertThat(batch.labels().sumNumber().doubleValue()).isCloseTo(8, within(1e-5));
        shares.add(batch.labels().maxNumber().floatValue());
      }
    }
    assertThat(shares).hasSizeGreaterThan(1);
  }

  @Test
  void theLastBatchHoldsWhatIsLeft() throws IOException {
    ShardBatches worker = workers(2, AugmentationSettings.NONE).get(0);
    assertThat(worker.examples()).isEqualTo(51);
    assertThat(worker.steps()).isEqualTo(7);
    assertThat(worker.examplesIn(6)).isEqualTo(3);
    assertThat(worker.examplesIn(7)).isZero();
    try (Batch batch = worker.batch(0, 6)) {
      assertThat(batch.features().shape()).containsExactly(3, 32, 32, 3);
      assertThat(batch.labels().shape()).containsExactly(3, 10);
      assertThat(batch.labels().sumNumber().doubleValue()).isEqualTo(3);
    }
  }

  @Test
  void refusesATextThatIsNoReference() {
    assertThatThrownBy(() -> ShardReference.parse("file:/somewhere"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid path: file:/somewhere (must be an isonorm-shard: reference)");
  }

  private static List<String> images(List<ShardBatches> workers, int epoch) {
    List<String> images = new ArrayList<>();
    for (ShardBatches worker : workers) {
      for (int s = 0; s < worker.steps(); s++) {
        try (Batch batch = worker.batch(epoch, s)) {
          for (int i = 0; i < batch.examples(); i++) {
            images.add(text(batch, i));
          }
        }
      }
    }
    return images;
  }

  private static String text(Batch batch, int i) {
    return Arrays.toString(batch.features().slice(i).dup('c').data().asFloat());
  }
}
