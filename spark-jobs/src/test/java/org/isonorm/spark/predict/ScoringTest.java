package org.isonorm.spark.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.isonorm.data.augmentation.Augmentation;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.network.step.Inference;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ScoringTest {
  /** Of probabilities that the same kernels computed in batches of another size. */
  private static final float ROUNDING = 1e-6f;

  private static final int BAD_EVERY = 5;

  private static JavaSparkContext spark;

  private ScoringModel model;
  private Broadcast<ScoringModel> broadcast;

  @BeforeAll
  static void start() {
    spark = new JavaSparkContext(LocalSpark.session().sparkContext());
  }

  @BeforeEach
  void load() {
    model = Models.model();
    broadcast = spark.broadcast(model);
  }

  @AfterEach
  void destroy() {
    broadcast.destroy();
  }

  /** A number and its score. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Result(int row, float[] logits, float[] probabilities, String error)
      implements Serializable {
    static Result of(Scored<Integer> scored) {
      return scored.outcome() instanceof Scored.Done done
          ? new Result(scored.row(), done.score().logits(), done.score().probabilities(), null)
          : new Result(scored.row(), null, null, ((Scored.Unreadable) scored.outcome()).reason());
    }
  }

  private JavaRDD<Result> scored(int rows, int partitions, ImageReader<Integer> images) {
    Scoring<Integer> scoring = Scoring.by(broadcast, images);
    return spark
        .parallelize(IntStream.range(0, rows).boxed().toList(), partitions)
        .mapPartitions(
            part -> {
              List<Result> results = new ArrayList<>();
              scoring.score(part).forEachRemaining(each -> results.add(Result.of(each)));
              return results.iterator();
            });
  }

  private static RawImage noise(int row) {
    return new RawImage.Encoded(Models.png(Models.SIDE, Models.SIDE, row), "number " + row);
  }

  @Test
  void scoresDependOnTheImageAlone() throws IOException {
    int rows = 300;
    List<RawImage> images = IntStream.range(0, rows).mapToObj(ScoringTest::noise).toList();
    List<Score> expected;
    try (LocalScorer local = LocalScorer.of(model)) {
      expected = local.score(images);
      assertThat(local.score(images.subList(7, 8)).get(0).probabilities())
          .usingComparatorWithPrecision(ROUNDING)
          .containsExactly(expected.get(7).probabilities());
    }
    for (int partitions : new int[] {1, 2, 3, 40}) {
      List<Result> results = scored(rows, partitions, ScoringTest::noise).collect();
      assertThat(results).extracting(Result::row).containsExactlyElementsOf(range(rows));
      for (int i = 0; i < rows; i++) {
        assertThat(results.get(i).probabilities())
            .usingComparatorWithPrecision(ROUNDING)
            .containsExactly(expected.get(i).probabilities());
        assertThat(results.get(i).logits())
            .usingComparatorWithPrecision(10 * ROUNDING)
            .containsExactly(expected.get(i).logits());
      }
    }
    assertThat(expected.get(0).probabilities()).isNotEqualTo(expected.get(1).probabilities());
  }

  private static List<Integer> range(int rows) {
    return IntStream.range(0, rows).boxed().toList();
  }

  @Test
  void aScoreIsTheGraphsOutput() throws IOException {
    float[] features = new float[2 * Models.CARD.shape().size()];
    Preprocessing preprocessing = new Preprocessing(Models.CARD);
    preprocessing.fill(noise(3), features, 0);
    preprocessing.fill(noise(4), features, preprocessing.size());
    try (LocalScorer local = LocalScorer.of(model);
        Inference inference = Inference.of(local.graph());
        INDArray input = Nd4j.create(features, new long[] {2, Models.SIDE, Models.SIDE, 3}, 'c');
        INDArray output = inference.output(input)) {
      List<Score> scores = local.score(List.of(noise(3), noise(4)));
      for (int i = 0; i < 2; i++) {
        assertThat(scores.get(i).probabilities())
            .usingComparatorWithPrecision(ROUNDING)
            .isEqualTo(output.getRow(i).toFloatVector());
        assertThat(softmax(scores.get(i).logits()))
            .usingComparatorWithPrecision(ROUNDING)
            .containsExactly(scores.get(i).probabilities());
      }
    }
  }

  @Test
  void testTimeAugmentationIsTheMeanOverTheImageAndItsMirrorImage() throws IOException {
    byte[] levels = new byte[Models.CARD.shape().size()];
    new SplittableRandom(7).nextBytes(levels);
    List<RawImage> both =
        List.of(pixels(levels), pixels(Augmentation.flip(levels, Models.CARD.shape())));
    ScoringModel flipping = model.withTestTimeAugmentation(TestTimeAugmentation.FLIP);
    try (LocalScorer plain = LocalScorer.of(model);
        LocalScorer augmented = LocalScorer.of(flipping)) {
      List<Score> sides = plain.score(both);
      float[] mean = new float[3];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (sides.get(0).logits()[i] + sides.get(1).logits()[i]) / 2;
      }
      assertThat(sides.get(0).logits()).isNotEqualTo(sides.get(1).logits());
      for (Score score : augmented.score(both)) {
        assertThat(score.logits())
            .usingComparatorWithPrecision(10 * ROUNDING)
            .containsExactly(mean);
        assertThat(score.probabilities())
            .usingComparatorWithPrecision(ROUNDING)
            .containsExactly(softmax(mean));
      }
    }
  }

  private static RawImage pixels(byte[] levels) {
    return new RawImage.Pixels(levels, Models.CARD.shape(), "noise");
  }

  private static float[] softmax(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (Math.exp(logits[i]) / sum);
    }
    return probabilities;
  }

  @Test
  void rowsThatCannotBeReadKeepTheirPlaces() {
    ImageReader<Integer> images =
        row -> {
          if (row % BAD_EVERY == 0) {
            throw new IOException("Cannot read image number %d: it is null".formatted(row));
          }
          return row % BAD_EVERY == 1
              ? new RawImage.Encoded(new byte[] {1, 2, 3}, "number " + row)
              : noise(row);
        };
    List<Result> results = scored(200, 2, images).collect();
    assertThat(results).extracting(Result::row).containsExactlyElementsOf(range(200));
    for (Result result : results) {
      if (result.row() % BAD_EVERY > 1) {
        assertThat(result.error()).isNull();
        assertThat(result.probabilities()).hasSize(3);
      } else {
        assertThat(result.error()).startsWith("Cannot read image number " + result.row() + ": it");
      }
    }
  }

  @Test
  void aStreamWithoutAnyImageEnds() {
    assertThat(
            scored(
                    1_000,
                    2,
                    row -> {
                      throw new IOException("Cannot read image: it is null");
                    })
                .filter(result -> result.error() != null)
                .count())
        .isEqualTo(1_000);
    assertThat(scored(0, 2, ScoringTest::noise).collect()).isEmpty();
  }

  @Test
  void tasksOfAProcessShareOneModel() {
    scored(400, 16, ScoringTest::noise).count();
    ResidentModel first = ResidentModel.ofThisProcess(model).orElseThrow();
    assertThat(first.lanesMade()).isBetween(1, 2);
    scored(400, 16, ScoringTest::noise).count();
    assertThat(ResidentModel.ofThisProcess(model)).containsSame(first);
    assertThat(first.lanesMade()).isBetween(1, 2);
  }

  @Test
  void modelsThatRestAreDropped() {
    scored(3, 1, ScoringTest::noise).count();
    ScoringModel before = model;
    for (int i = 0; i < 2; i++) {
      assertThat(ResidentModel.ofThisProcess(before)).isPresent();
      broadcast.destroy();
      load();
      assertThat(scored(3, 1, ScoringTest::noise).count()).isEqualTo(3);
    }
    assertThat(ResidentModel.ofThisProcess(before)).isEmpty();
    assertThat(ResidentModel.ofThisProcess(model)).isPresent();
  }

  @Test
  void aTaskThatStopsEarlyGivesItsLaneBack() {
    Scoring<Integer> scoring = Scoring.by(broadcast, ScoringTest::noise);
    JavaRDD<Integer> rows = spark.parallelize(range(5_000), 2);
    for (int i = 0; i < 5; i++) {
      List<Integer> first =
          rows.mapPartitions(
                  part -> {
                    Scored<Integer> one = scoring.score(part).next();
                    return List.of(one.row()).iterator();
                  })
              .collect();
      assertThat(first).containsExactly(0, 2_500);
    }
    assertThat(ResidentModel.ofThisProcess(model).orElseThrow().lanesMade()).isBetween(1, 2);
  }

  @Test
  void anErrorOfTheRowsIsTheJobs() {
    JavaRDD<Result> failing =
        scored(
            4,
            1,
            row -> {
              throw new IllegalStateException("Cannot find row " + row);
            });
    org.assertj.core.api.Assertions.assertThatThrownBy(failing::count)
        .hasMessageContaining("Cannot find row 0");
    assertThat(scored(4, 1, ScoringTest::noise).count()).isEqualTo(4);
  }

  @Test
  void batchesAreSmallerWhereImagesAreLarge() {
    assertThat(ResidentModel.batch(32 * 32 * 3)).isEqualTo(128);
    assertThat(ResidentModel.batch(224 * 224 * 3)).isEqualTo(8);
    assertThat(ResidentModel.batch(1 << 24)).isEqualTo(1);
  }

  @Test
  void theBestClassesComeFirst() {
    Score score = new Score(new float[4], new float[] {0.2f, 0.3f, 0.2f, 0.3f});
    assertThat(score.best()).isEqualTo(1);
    assertThat(score.top(3)).containsExactly(1, 3, 0);
    assertThat(Arrays.asList(score.top(9).toArray())).hasSize(4);
  }
}
