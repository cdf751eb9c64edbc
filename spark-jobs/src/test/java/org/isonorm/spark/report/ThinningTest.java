package org.isonorm.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThinningTest {
  private static double[] count(int length) {
    return IntStream.range(0, length).asDoubleStream().toArray();
  }

  @Test
  void fewPointsStayAsTheyAre() {
    double[] x = count(100);
    assertThat(Thinning.of(x, x, 100).y()).isSameAs(x);
  }

  @Test
  void aSpikeAmongManyPointsSurvives() {
    double[] y = new double[100_003];
    y[54_321] = 7;
    y[54_400] = -7;
    Thinning thinned = Thinning.of(count(y.length), y, 200);
    assertThat(thinned.x()).hasSizeLessThanOrEqualTo(200).contains(54_321, 54_400).isSorted();
    assertThat(thinned.y()).contains(7, -7);
  }

  @Test
  void aGapStaysAGapAndHidesNoNeighbour() {
    double[] y = count(1000);
    Arrays.fill(y, 400, 600, Double.NaN);
    y[0] = Double.NaN;
    Thinning thinned = Thinning.of(count(1000), y, 100);
    assertThat(thinned.y()).contains(Double.NaN).contains(1, 399, 600, 999);
    for (int i = 0; i < thinned.x().length; i++) {
      assertThat(Double.compare(thinned.y()[i], y[(int) thinned.x()[i]])).isZero();
    }
  }
}
