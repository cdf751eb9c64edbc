package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.spark.run.SamplePredictions.Picture;
import org.isonorm.spark.run.SamplePredictions.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

class SamplePredictionsTest {
  private static final int EXAMPLES = 200;
  private static final ImageShape PIXEL = new ImageShape(1, 1, 3);

  /** Made-up predictions of two classes, the same in every test; many are equally confident. */
  private static void offer(SamplePredictions samples, int from, int to) {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < to; i++) {
      int label = random.nextInt(2);
      int predicted = random.nextInt(2);
      float confidence = 0.5f + 0.1f * random.nextInt(5);
      long position = i;
      if (i >= from) {
        float ofLabel = label == predicted ? confidence : 1 - confidence;
        samples.offer(
            label,
            predicted,
            confidence,
            ofLabel,
            () -> new Picture(position, PIXEL, new byte[] {1, 2, 3}));
      }
    }
  }

  private static SamplePredictions all(int limit) {
    SamplePredictions samples = new SamplePredictions(limit);
    offer(samples, 0, EXAMPLES);
    return samples;
  }

  private static List<Long> positions(
      SamplePredictions samples, Function<SamplePredictions, List<Sample>> kind) {
    return kind.apply(samples).stream().map(sample -> sample.picture().position()).toList();
  }

  @Test
  void keepsTheMostConfidentlyWrongAndTheFirstRight() {
    SamplePredictions everything = all(EXAMPLES);
    SamplePredictions few = all(5);
    assertThat(everything.right().size() + everything.wrong().size()).isEqualTo(EXAMPLES);
    assertThat(positions(few, SamplePredictions::wrong))
        .isEqualTo(positions(everything, SamplePredictions::wrong).subList(0, 5));
    assertThat(few.wrong()).allMatch(sample -> sample.confidence() > 0.85f);
    assertThat(positions(few, SamplePredictions::right))
        .isEqualTo(positions(everything, SamplePredictions::right).subList(0, 5));
    assertThat(positions(everything, SamplePredictions::right)).isSorted();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 199})
  void theNumberOfTasksDoesNotChangeTheChoice(int cut) {
    SamplePredictions first = new SamplePredictions(5);
    SamplePredictions second = new SamplePredictions(5);
    offer(first, 0, cut);
    offer(second, cut, EXAMPLES);
    first.add(second);
    assertThat(positions(first, SamplePredictions::wrong))
        .isEqualTo(positions(all(5), SamplePredictions::wrong));
    assertThat(positions(first, SamplePredictions::right))
        .isEqualTo(positions(all(5), SamplePredictions::right));
  }

  @Test
  void noneAreKeptWhereNoneAreWanted() {
    assertThat(all(0).right()).isEmpty();
    assertThat(all(0).wrong()).isEmpty();
  }

  private static BufferedImage drawn(ImageShape shape, byte[] pixels) throws IOException {
    SamplePredictions samples = new SamplePredictions(1);
    samples.offer(0, 1, 0.75f, 0.25f, () -> new Picture(7, shape, pixels));
    EvaluationCounts counts = new EvaluationCounts(2);
    counts.add(Nd4j.createFromArray(new float[][] {{.25f, .75f}}), new int[] {0}, i -> null);
    Evaluation evaluation = Evaluation.of("test", "best", counts, 1, List.of("cat", "dog"));
    Predictions.Shown shown = Predictions.of(evaluation, samples).wrong().get(0);
    assertThat(shown.label()).isEqualTo("cat");
    assertThat(shown.prediction()).isEqualTo("dog");
    assertThat(shown.position()).isEqualTo(7);
    String data = shown.image().substring("data:image/png;base64,".length());
    return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(data)));
  }

  @Test
  void drawsAnImageAsItIsStored() throws IOException {
    byte[] pixels = {(byte) 255, 0, 10, 0, (byte) 200, 20};
    BufferedImage image = drawn(new ImageShape(1, 2, 3), pixels);
    assertThat(image.getRGB(0, 0) & 0xffffff).isEqualTo(0xff000a);
    assertThat(image.getRGB(1, 0) & 0xffffff).isEqualTo(0x00c814);
  }

  @Test
  void drawsOneChannelAsGrey() throws IOException {
    assertThat(drawn(new ImageShape(1, 1, 1), new byte[] {70}).getRGB(0, 0) & 0xffffff)
        .isEqualTo(0x464646);
  }

  @Test
  void shrinksALargeImage() throws IOException {
    BufferedImage image = drawn(new ImageShape(100, 400, 3), new byte[120_000]);
    assertThat(image.getWidth()).isEqualTo(96);
    assertThat(image.getHeight()).isEqualTo(24);
  }
}
