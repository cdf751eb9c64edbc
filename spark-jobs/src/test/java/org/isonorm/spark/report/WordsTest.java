package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0", "0.25|0.25", "1.23456|1.235", "2432.4|2,432", "123456|123,500",
            "0.00012344|0.0001234",
        "0.000012344|1.234e-5", "15000000|1.5e7", "-0.5|-0.5", "NaN|–", "Infinity|∞", "-Infinity|-∞"
      })
  void numbersHaveFourDigits(double value, String words) {
    assertThat(Words.number(value, 4)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0.0 s",
        "59.94|59.9 s",
        "59.96|1 min 00 s",
        "245|4 min 05 s",
        "3599.4|59 min 59 s",
        "3600|1 h 00 min",
        "7409|2 h 03 min",
        "4000000|1,111 h 07 min",
        "NaN|–"
      })
  void durationsHaveTheirUnits(double seconds, String words) {
    assertThat(Words.duration(seconds)).isEqualTo(words);
  }

  @Test
  void sharesAreInPercent() {
    assertThat(Words.percent(0.93214)).isEqualTo("93.21%");
    assertThat(Words.wholePercent(0.786)).isEqualTo("79%");
    assertThat(Words.percent(Double.NaN)).isEqualTo("–");
  }

  @Test
  void nounsFollowTheirCount() {
    assertThat(Words.plural(1, "epoch")).isEqualTo("1 epoch");
    assertThat(Words.plural(1200, "epoch")).isEqualTo("1,200 epochs");
  }
}
