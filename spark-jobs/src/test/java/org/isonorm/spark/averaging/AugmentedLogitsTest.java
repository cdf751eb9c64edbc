package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.step.Inference;
import org.isonorm.spark.train.TinyNetworks;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AugmentedLogitsTest {
  private static final int IMAGES = 3;
  private static final int SIDE = 6;
  private static final int CHANNELS = 3;
  private static final int CLASSES = 3;

  /** A few roundings of logits of about one, and those of a float's sum of six. */
  private static final float ROUNDING = 1e-5f;

  private static float[] noise() {
    SplittableRandom random = new SplittableRandom(5);
    float[] values = new float[IMAGES * SIDE * SIDE * CHANNELS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  /** A row or column one beyond a border is the one before the border's own. */
  private static int inside(int at) {
    return at < 0 ? 1 : at == SIDE ? SIDE - 2 : at;
  }

  private static float[] seen(float[] values, int shift, boolean mirrored) {
    float[] seen = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int channel = i % CHANNELS;
      int column = Math.floorDiv(i, CHANNELS) % SIDE;
      int row = Math.floorDiv(i, CHANNELS * SIDE) % SIDE;
      int image = Math.floorDiv(i, CHANNELS * SIDE * SIDE);
      int fromRow = inside(row + shift);
      int fromColumn = inside((mirrored ? SIDE - 1 - column : column) + shift);
      seen[i] = values[((image * SIDE + fromRow) * SIDE + fromColumn) * CHANNELS + channel];
    }
    return seen;
  }

  private static INDArray images(float[] values) {
    return Nd4j.create(values, new long[] {IMAGES, SIDE, SIDE, CHANNELS}, 'c');
  }

  private static float[] logits(Inference inference, float[] values) {
    try (INDArray input = images(values);
        INDArray logits = inference.logits(input)) {
      return logits.dup('c').data().asFloat();
    }
  }

  private static float[] augmented(Inference inference, TestTimeAugmentation augmentation) {
    try (INDArray input = images(noise());
        INDArray logits = AugmentedLogits.of(augmentation, inference, input)) {
      assertThat(logits.shape()).containsExactly(IMAGES, CLASSES);
      return logits.dup('c').data().asFloat();
    }
  }

  /** The mean as its authors write it down: of mirror means. */
  @Test
  void theSixViewsAreHalfTheImageAndHalfItsTwoShiftsEachWithItsMirrorImage() {
    ComputationGraph graph = TinyNetworks.normalized();
    try (Inference inference = Inference.of(graph)) {
      float[][] mirrorMeans = new float[3][IMAGES * CLASSES];
      for (int shift = -1; shift <= 1; shift++) {
        float[] one = logits(inference, seen(noise(), shift, false));
        float[] other = logits(inference, seen(noise(), shift, true));
        for (int i = 0; i < one.length; i++) {
          mirrorMeans[shift + 1][i] = .5f * one[i] + .5f * other[i];
        }
      }
      float[] six = new float[IMAGES * CLASSES];
      for (int i = 0; i < six.length; i++) {
        six[i] = .5f * mirrorMeans[1][i] + .5f * (mirrorMeans[0][i] + mirrorMeans[2][i]) / 2;
      }

      assertThat(augmented(inference, TestTimeAugmentation.NONE))
          .isEqualTo(logits(inference, noise()))
          .isNotEqualTo(mirrorMeans[1]);
      assertThat(augmented(inference, TestTimeAugmentation.FLIP))
          .usingComparatorWithPrecision(ROUNDING)
          .containsExactly(mirrorMeans[1]);
      assertThat(augmented(inference, TestTimeAugmentation.FLIP_TRANSLATE))
          .usingComparatorWithPrecision(ROUNDING)
          .containsExactly(six);
      assertThat(six[0])
          .isNotCloseTo(mirrorMeans[1][0], org.assertj.core.data.Offset.offset(ROUNDING));
    } finally {
      GraphMemory.free(graph);
    }
  }
}
