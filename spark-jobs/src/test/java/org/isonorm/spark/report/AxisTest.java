package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  private static List<String> ticks(Axis axis) {
    return IntStream.rangeClosed((int) Math.ceil(axis.from()), (int) Math.floor(axis.to()))
        .mapToObj(axis::tick)
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2.31|0 0.5 1 1.5 2 2.5",
        "0.1|0 0.02 0.04 0.06 0.08 0.1",
        "93.7|0 20 40 60 80 100",
        "12000|0 5,000 10,000 15,000",
        "0.00003|0 1e-5 2e-5 3e-5",
        "3e9|0 1e9 2e9 3e9",
        "0|0 0.2 0.4 0.6 0.8 1",
        "NaN|0 0.2 0.4 0.6 0.8 1",
      })
  void ticksFromZeroAreRound(double highest, String ticks) {
    assertThat(ticks(Axis.fromZero("loss", highest))).containsExactly(ticks.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|3|0 1 2 3",
        "0|12|0 2 4 6 8 10 12",
        "0.5|1.5|1",
        "1|110|20 40 60 80 100",
        "0|500000|0 100,000 200,000 300,000 400,000 500,000",
      })
  void wholeTicksAreWholeNumbers(double from, double to, String ticks) {
    assertThat(ticks(Axis.whole("epoch", from, to))).containsExactly(ticks.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.002|0.09|0.001 0.01 0.1",
        "1e-7|3|1e-8 1e-6 0.0001 0.01 1 100",
        "0.002|0.008|0.001 0.00215 0.00464 0.01",
        "0|0.5|0.1 0.215 0.464 1",
      })
  void logarithmicTicksArePowersOfTen(double lowest, double highest, String ticks) {
    Axis axis = Axis.logarithmic("variance", lowest, highest, Double.NaN);
    assertThat(axis.title()).isEqualTo("variance, log scale");
    assertThat(ticks(axis)).containsExactly(ticks.split(" "));
    assertThat(axis.position(highest)).isBetween(axis.from(), axis.to());
  }

  @Test
  void lossesOverSomeDecadesGetALogarithm() {
    assertThat(Axis.ofSpan("loss", 2.3, 0.05).logarithmic()).isFalse();
    assertThat(Axis.ofSpan("loss", 2.3, 0.01).logarithmic()).isTrue();
  }

  @Test
  void whatCannotBeDrawnHasNoPosition() {
    assertThat(Axis.logarithmic("variance", 1).position(0)).isNaN();
    assertThat(Axis.fromZero("loss", 1).position(Double.POSITIVE_INFINITY)).isNaN();
    assertThat(Axis.fromZero("loss", 1).position(0.4)).isEqualTo(2);
  }
}
