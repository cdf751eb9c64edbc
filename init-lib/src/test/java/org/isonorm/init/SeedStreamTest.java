package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SeedStreamTest {
  @Test
  void seedsAreThoseOfTheDocumentedMixing() {
    // Computed from the Javadoc's formula by a separate program.
    assertThat(SeedStream.of(42).named("weights", "conv1").seed()).isEqualTo(0x7464EC9643AEFD42L);
    assertThat(SeedStream.of(0).named("λ").seed()).isEqualTo(0x88D069FA69D7B612L);
    assertThat(SeedStream.of(42).at(3, -1).seed()).isEqualTo(0xE44C6E0D0D6E4699L);
    assertThat(SeedStream.of(7).at(0).named("a").seed()).isEqualTo(0x313D0AD1DE67AF0DL);
  }

  @Test
  void drawsKeepTheirMeaningAcrossReleases() {
    RandomGenerator generator = SeedStream.of(42).named("weights", "conv1").generator();

    assertThat(generator.nextLong()).isEqualTo(-2606060073210376875L);
    assertThat(generator.nextDouble()).isEqualTo(0.9714050111243052);
    assertThat(generator.nextGaussian()).isEqualTo(0.04365999009188223);
  }

  @Test
  void repeatsItself() {
    SeedStream stream = SeedStream.of(5).named("worker").at(3);

    assertThat(longs(stream)).isEqualTo(longs(stream));
    assertThat(longs(SeedStream.of(5).named("worker").at(3))).isEqualTo(longs(stream));
  }

  @Test
  void aPathMayBeWalkedInSteps() {
    assertThat(SeedStream.of(1).named("a", "b")).isEqualTo(SeedStream.of(1).named("a").named("b"));
    assertThat(SeedStream.of(1).at(2, 3)).isEqualTo(SeedStream.of(1).at(2).at(3));
    assertThat(SeedStream.of(1).named().at()).isEqualTo(SeedStream.of(1));
    assertThat(SeedStream.of(SeedStream.of(1).named("a").seed()).at(4))
        .isEqualTo(SeedStream.of(1).named("a").at(4));
  }

  @Test
  void everyPartOfThePathCounts() {
    SeedStream root = SeedStream.of(1);
    Set<SeedStream> streams =
        Set.of(
            root,
            SeedStream.of(2),
            root.named("a"),
            root.named("b"),
            root.named("a", "b"),
            root.named("b", "a"),
            root.named("ab"),
            root.named(""),
            root.named("0"),
            root.at(0),
            root.at(0, 0),
            root.at(1),
            root.at(0, 1),
            root.at(1, 0),
            root.named("a").at(0),
            root.at(0).named("a"));

    assertThat(streams).hasSize(16);
  }

  @Test
  void neighbouringIndicesAndSeedsNeverCollide() {
    Set<Long> seeds = new HashSet<>();
    for (int run = 0; run < 10; run++) {
      for (int epoch = 0; epoch < 10; epoch++) {
        for (int example = 0; example < 1000; example++) {
          seeds.add(SeedStream.of(run).at(epoch, example).seed());
        }
      }
    }

    assertThat(seeds).hasSize(100_000);
  }

  @Test
  void firstDrawsOfNeighbouringStreamsAreUniform() {
    double[] firstDraws =
        LongStream.range(0, 100_000)
            .mapToDouble(i -> SeedStream.of(0).at(i).generator().nextDouble())
            .toArray();

    assertThat(KolmogorovSmirnov.statistic(firstDraws, x -> x))
        .isLessThan(KolmogorovSmirnov.CRITICAL);
  }

  @Test
  void neighbouringStreamsAreUncorrelated() {
    int draws = 100_000;
    RandomGenerator one = SeedStream.of(0).at(0).generator();
    RandomGenerator other = SeedStream.of(0).at(1).generator();
    double correlation =
        IntStream.range(0, draws).mapToDouble(i -> one.nextGaussian() * other.nextGaussian()).sum()
            / draws;

    // Four standard errors of the correlation of independent draws.
    assertThat(Math.abs(correlation)).isLessThan(4 / Math.sqrt(draws));
  }

  @Test
  void survivesSerialization() throws Exception {
    SeedStream stream = SeedStream.of(9).named("executor");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
      output.writeObject(stream);
    }
    try (ObjectInputStream input =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(input.readObject()).isEqualTo(stream);
    }
  }

  private static long[] longs(SeedStream stream) {
    return stream.generator().longs(100).toArray();
  }
}
