package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;
import org.junit.jupiter.api.Test;

class SyntheticDatasetTest {
  private static final SyntheticDataset TEN = new SyntheticDataset(10, 1);
  private static final SyntheticDataset HUNDRED = new SyntheticDataset(100, 1);

  /** A change of the drawing changes every result measured on it: it must be meant. */
  @Test
  void drawsTheSameBytesOnEveryPlatform() {
    assertThat(hash(TEN)).isEqualTo(HASH_OF_TEN);
    assertThat(hash(HUNDRED)).isEqualTo(HASH_OF_HUNDRED);
  }

  private static String hash(SyntheticDataset images) {
    MessageDigest sha256 = Checksums.sha256();
    for (Split split : Split.values()) {
      for (int index = 0; index < 500; index++) {
        sha256.update(images.image(split, index));
      }
    }
    return Checksums.hex(sha256);
  }

  @Test
  void noTwoImagesAreTheSame() {
    Set<String> hashes = new HashSet<>();
    for (Split split : Split.values()) {
      for (long seed = 1; seed <= 2; seed++) {
        SyntheticDataset images = new SyntheticDataset(10, seed);
        for (int index = 0; index < 200; index++) {
          MessageDigest sha256 = Checksums.sha256();
          sha256.update(images.image(split, index));
          hashes.add(Checksums.hex(sha256));
        }
      }
    }
    assertThat(hashes).hasSize(800);
  }

  @Test
  void everyClassIsEquallyFrequent() {
    int[] counts = new int[100];
    IntStream.range(0, 1_000).forEach(index -> counts[HUNDRED.label(index)]++);
    assertThat(counts).containsOnly(10);
  }

  @Test
  void classesHaveNamesOfTheirOwn() {
    assertThat(TEN.classNames()).hasSize(10).doesNotHaveDuplicates().contains("disc", "arrow");
    assertThat(HUNDRED.classNames())
        .hasSize(100)
        .doesNotHaveDuplicates()
        .contains("plain-disc", "rimmed-arrow");
  }

  /**
   * Neither colour nor place gives the class away: assigning test images to the nearest class mean
   * of 2,000 training images stays far below what a convolutional network reaches. Chance is .1.
   */
  @Test
  void classMeansOfPixelsHardlyTellClassesApart() {
    double[][] means = new double[10][ImageShape.CIFAR.size()];
    for (int index = 0; index < 2_000; index++) {
      byte[] image = TEN.image(Split.TRAIN, index);
      double[] mean = means[TEN.label(index)];
      for (int i = 0; i < image.length; i++) {
        mean[i] += (image[i] & 0xff) / 200.0;
      }
    }
    int hits = 0;
    for (int index = 0; index < 1_000; index++) {
      if (nearest(means, TEN.image(Split.TEST, index)) == TEN.label(index)) {
        hits++;
      }
    }
    assertThat(hits / 1_000.0).isLessThan(0.25);
  }

  private static int nearest(double[][] means, byte[] image) {
    double[] distances =
        Arrays.stream(means)
            .mapToDouble(
                mean ->
                    IntStream.range(0, image.length)
                        .mapToDouble(i -> Math.pow((image[i] & 0xff) - mean[i], 2))
                        .sum())
            .toArray();
    return IntStream.range(0, means.length)
        .reduce((a, b) -> distances[b] < distances[a] ? b : a)
        .getAsInt();
  }

  /** Every figure covers a fair part of its frame, and no two cover the same part of it. */
  @Test
  void figuresDiffer() {
    SyntheticShape[] shapes = SyntheticShape.values();
    for (SyntheticShape one : shapes) {
      assertThat(overlap(one, one)).as("area of %s", one).isBetween(0.1, 0.75);
      for (SyntheticShape other : shapes) {
        if (one != other) {
          double union = overlap(one, one) + overlap(other, other) - overlap(one, other);
          assertThat(overlap(one, other) / union).as("%s over %s", one, other).isLessThan(0.85);
        }
      }
    }
  }

  /** Share of the square from −1 to 1 that lies inside both. */
  private static double overlap(SyntheticShape one, SyntheticShape other) {
    int inside = 0;
    for (int row = 0; row < 100; row++) {
      for (int column = 0; column < 100; column++) {
        double u = (column - 49.5) / 50;
        double v = (row - 49.5) / 50;
        if (one.distance(u, v) < 0 && other.distance(u, v) < 0) {
          inside++;
        }
      }
    }
    return inside / 10_000.0;
  }

  @Test
  void texturesMixBetweenTheTwoColours() {
    for (SyntheticTexture texture : SyntheticTexture.values()) {
      Set<Long> tenths = new HashSet<>();
      for (int i = 0; i < 10_000; i++) {
        double u = (i % 100 - 49.5) / 50;
        double v = (Math.floorDiv(i, 100) - 49.5) / 50;
        double mix = texture.mix(u, v, SyntheticShape.DISC.distance(u, v), 0.3);
        assertThat(mix).isBetween(0.0, 1.0);
        tenths.add(Math.round(mix * 10));
      }
      if (texture == SyntheticTexture.PLAIN) {
        assertThat(tenths).containsOnly(0L);
      } else {
        assertThat(tenths).as("%s", texture).contains(0L, 10L);
      }
    }
  }

  @Test
  void refusesOtherNumbersOfClasses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SyntheticDataset(20, 1))
        .withMessage("Invalid classes: 20 (must be 10 or 100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SyntheticSettings(10, 0, 5))
        .withMessage("Invalid examples: 0 training and 5 test images (both must be > 0)");
  }

  private static final String HASH_OF_TEN =
      "6ad7b4811eaeb444c3037e699c4e643a0a45d984f842c4313d4ccb114ae426c2";
  private static final String HASH_OF_HUNDRED =
      "8e5ad97e568ec5f2611a87468d5a2190725c30ac91ebb00f0cbba038f1432b07";
}
