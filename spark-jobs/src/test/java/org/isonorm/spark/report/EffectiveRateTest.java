package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.isonorm.spark.report.EffectiveRate.Sample;
import org.isonorm.spark.report.EffectiveRate.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EffectiveRateTest {
  /** Of least squares in doubles over powers of numbers up to 4. */
  private static final double ROUNDING = 1e-9;

  private static List<Sample> samples(double offCurve, double noise) {
    SplittableRandom random = new SplittableRandom(1);
    List<Sample> samples = new ArrayList<>();
    for (double rate : GridFixture.RATES) {
      for (double gamma : GridFixture.GAMMAS) {
        for (int seed = 0; seed < 2; seed++) {
          double loss = GridFixture.earlyLoss(rate, gamma, offCurve);
          samples.add(new Sample(rate, gamma, loss + noise * random.nextDouble(-1, 1)));
        }
      }
    }
    return samples;
  }

  @Test
  void findsTheCoefficientsTheLossWasMadeFrom() {
    EffectiveRate fit = EffectiveRate.fit(samples(0.03, 0)).orElseThrow();
    assertThat(fit.coefficients())
        .containsExactly(new double[] {1.8, -0.1, 0.08, 0.01, 0.03}, within(ROUNDING));
    assertThat(fit.rSquared()).isCloseTo(1, within(ROUNDING));
    // Two decades of learning rate at one ηγ are four of η/γ.
    assertThat(fit.residue()).isCloseTo(0.12, within(4 * ROUNDING));
  }

  @Test
  void standardErrorCoversTheTruthAboutAsOftenAsItShould() {
    int covered = 0;
    int draws = 400;
    SplittableRandom random = new SplittableRandom(8);
    for (int draw = 0; draw < draws; draw++) {
      List<Sample> noisy =
          samples(0.03, 0).stream()
              .map(s -> new Sample(s.rate(), s.gamma(), s.loss() + 0.02 * random.nextDouble(-1, 1)))
              .toList();
      EffectiveRate fit = EffectiveRate.fit(noisy).orElseThrow();
      covered += Math.abs(fit.residue() - 0.12) <= fit.residueError() ? 1 : 0;
    }
    // 95%, give or take three standard deviations of 400 draws.
    assertThat((double) covered / draws).isBetween(0.917, 0.983);
  }

  @ParameterizedTest
  @CsvSource({
    "0,     0.005, COLLAPSES",
    "0.003, 0.002, NEARLY",
    "0.05,  0.005, PARTLY",
    "0.6,   0.005, DOES_NOT",
    "0,     0.6,   UNDECIDED",
  })
  void judges(double offCurve, double noise, Verdict verdict) {
    EffectiveRate fit = EffectiveRate.fit(samples(offCurve, noise)).orElseThrow();
    assertThat(fit.verdict()).isEqualTo(verdict);
  }

  @Test
  void saysWhyItCannotFit() {
    List<Sample> one = samples(0, 0).stream().filter(sample -> sample.rate() == 0.1).toList();
    assertThat(EffectiveRate.fit(one)).isEmpty();
    assertThat(EffectiveRate.obstacle(one))
        .isEqualTo(
            "The fit takes more than 5 trials with a finished first epoch, 2 learning rates and 5 different ηγ; there are 12, 1 and 6.");
  }
}
