package org.isonorm.spark.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.scaling.Calibration.Measurement;
import org.isonorm.spark.scaling.CostModel.Prediction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CostModelTest {
  private static final Calibration CALIBRATION = new Calibration(0.05, 0.01, 1e-9);
  private static final long EXAMPLES = 1_280_000;
  private static final double ROUNDING = 1e-9;

  /** 100 images/s at batch 128, 10 million parameters: 80 MB of state; 1 GB/s. */
  private static CostModel model() {
    return new CostModel(
        CALIBRATION, 10_000_000, 2, 128, 100, Double.POSITIVE_INFINITY, 1e9, 8, Transport.FLOAT32);
  }

  @Test
  void aRoundIsTheSumOfItsParts() {
    Prediction p = model().predict(4, 5, EXAMPLES, .8);
    assertThat(p.computeSeconds()).isCloseTo(5 * 1.28, within(ROUNDING));
    // Two passes and the network of 80 MB, and two pieces of 16 MiB from executor to executor.
    assertThat(p.broadcastSeconds()).isCloseTo(.16 + .08 + 2 * 0.016777216, within(ROUNDING));
    // One pass on the executors, four states of .08 s on the driver.
    assertThat(p.aggregationSeconds()).isCloseTo(.08 + .32, within(ROUNDING));
    assertThat(p.overheadSeconds()).isCloseTo(.05 + .04, within(ROUNDING));
    // 2,500 steps, 500 rounds.
    assertThat(p.epochSeconds()).isCloseTo(2500 * 1.28 + 500 * p.syncSeconds(), within(1e-6));
    assertThat(p.imagesPerSecond()).isCloseTo(EXAMPLES / p.epochSeconds(), within(1e-6));
    assertThat(p.efficiency()).isCloseTo(3200 / p.epochSeconds(), within(ROUNDING));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16, 64, 256, 1000})
  void theFrequencyForTheTargetReachesItAndOneStepFewerDoesNot(int workers) {
    Prediction any = model().predict(workers, 1, EXAMPLES, .8);
    int frequency = Math.toIntExact(any.frequencyForTarget());
    if (frequency == 0) {
      int whole = Math.toIntExact(EXAMPLES / workers / 128) + 1;
      assertThat(model().predict(workers, whole, EXAMPLES, .8).efficiency()).isLessThan(.8);
      return;
    }
    assertThat(model().predict(workers, frequency, EXAMPLES, .8).efficiency())
        .isGreaterThanOrEqualTo(.8);
    if (frequency > 1) {
      assertThat(model().predict(workers, frequency - 1, EXAMPLES, .8).efficiency()).isLessThan(.8);
    }
  }

  @Test
  void slowInputSetsThePace() {
    CostModel slow = new CostModel(CALIBRATION, 1000, 2, 128, 100, 50, 1e9, 8, Transport.FLOAT32);
    Prediction p = slow.predict(1, 1, EXAMPLES, .4);
    assertThat(p.inputSeconds()).isCloseTo(1.28, within(ROUNDING));
    assertThat(p.efficiency()).isLessThan(.5);
  }

  /** A network so slow that a state on the driver waits for the wire, not for its pass. */
  @Test
  void halfPrecisionHalvesWhatCrossesTheWire() {
    CostModel exact =
        new CostModel(
            CALIBRATION,
            10_000_000,
            2,
            128,
            100,
            Double.POSITIVE_INFINITY,
            1e8,
            8,
            Transport.FLOAT32);
    CostModel half =
        new CostModel(
            CALIBRATION, 10_000_000, 2, 128, 100, Double.POSITIVE_INFINITY, 1e8, 8, Transport.BF16);
    double saved =
        exact.predict(4, 1, EXAMPLES, .8).syncSeconds()
            - half.predict(4, 1, EXAMPLES, .8).syncSeconds();
    // 40 MB of 80 fewer in the broadcast and in each of the four states that come back; pieces are
    // of the same size.
    assertThat(saved).isCloseTo(.4 + 4 * .4, within(ROUNDING));
  }

  @Test
  void groupsSpareTheDriver() {
    CostModel one =
        new CostModel(CALIBRATION, 10_000_000, 2, 128, 100, 1e9, 1e9, 1000, Transport.FLOAT32);
    assertThat(model().predict(64, 1, EXAMPLES, .8).aggregationSeconds())
        .isLessThan(one.predict(64, 1, EXAMPLES, .8).aggregationSeconds() / 2);
  }

  /** AdamW's second moments go along, in float32. */
  @Test
  void everyValueOfAParameterIsExchanged() {
    double[] sync = new double[4];
    for (int i = 0; i < sync.length; i++) {
      CostModel model =
          new CostModel(
              CALIBRATION,
              10_000_000,
              2 + i % 2,
              128,
              100,
              Double.POSITIVE_INFINITY,
              1e8,
              8,
              i < 2 ? Transport.FLOAT32 : Transport.BF16);
      sync[i] = model.predict(4, 1, EXAMPLES, .8).syncSeconds();
    }
    // 40 MB more in the broadcast and in each of the four states; three passes of 1e-9 s a byte,
    // where a state on the driver waits for the wire.
    assertThat(sync[1] - sync[0]).isCloseTo(.4 + 4 * .4 + 3 * .04, within(ROUNDING));
    assertThat(sync[3] - sync[2]).isCloseTo(sync[1] - sync[0], within(ROUNDING));
  }

  @Test
  void calibrationFindsTheFiguresThatMeasurementsWereMadeOf() {
    List<Measurement> measurements = new ArrayList<>();
    for (int workers : new int[] {1, 2, 4}) {
      for (long parameters : new long[] {270_000, 20_000_000}) {
        Measurement m = new Measurement(workers, parameters, 2, 1);
        measurements.add(new Measurement(workers, parameters, 2, CALIBRATION.syncSeconds(m)));
      }
    }
    Calibration fitted = Calibration.fit(measurements);
    assertThat(fitted.roundSeconds()).isCloseTo(.05, within(1e-6));
    assertThat(fitted.workerSeconds()).isCloseTo(.01, within(1e-6));
    assertThat(fitted.secondsPerByte()).isCloseTo(1e-9, within(1e-15));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Calibration.fit(measurements.subList(0, 2)))
        .withMessageContaining("2 measurements (needs two networks and two numbers of workers");
  }

  @Test
  void measurementsThatDoNotDetermineTheFiguresAreRefused() {
    Measurement small = new Measurement(1, 270_000, 2, .1);
    Measurement large = new Measurement(2, 20_000_000, 2, .4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Calibration.fit(List.of(small, large, small)))
        .withMessageStartingWith(
            "Invalid calibration: 3 measurements do not determine three figures");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Calibration.fit(List.of(small, large)))
        .withMessageStartingWith(
            "Invalid calibration: 2 measurements do not determine three figures");
  }
}
