package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.isonorm.init.SeedStream;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.RunningStatistics;
import org.isonorm.spark.run.WireState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExchangeTest {
  private static final RunningStatistics STATISTICS =
      new RunningStatistics(
          List.of(new RunningStatistics.Segment(1, 2, 1), new RunningStatistics.Segment(4, 6, 2)));

  /** Float32 sums of a thousand changes. */
  private static final double SUMMATION = 1e-4;

  private static Exchange exchange(Transport transport) {
    return new Exchange(transport, STATISTICS, SeedStream.of(5));
  }

  private static ModelState state(float... parameters) {
    float[] velocity = new float[parameters.length];
    velocity[0] = parameters[0] / 3;
    return new ModelState(FloatBytes.of(parameters), FloatBytes.of(velocity));
  }

  private static float[] parameters(WireState state) {
    return floats(state.open().parameters());
  }

  private static float[] floats(byte[] bytes) {
    float[] values = new float[FloatBytes.length(bytes)];
    FloatBytes.view(bytes).get(values);
    return values;
  }

  @Test
  void float32GoesAsItIs() {
    ModelState start = state(0.1f, 1, 2, 0.3f, 4, 5, 6, 7);
    ModelState end = state(0.7f, 1, 2, 0.1f, 4, 5, 6, 7);

    // Workers know nothing of the moving average.
    ModelState kept = start.withAverage(end.parameters());
    ModelState sent = Exchange.FLOAT32.toWorkers(kept).open();
    assertThat(sent.parameters()).isSameAs(start.parameters());
    assertThat(sent.velocity()).isSameAs(start.velocity());
    assertThat(sent.average()).isNull();
    assertThat(Exchange.FLOAT32.toDriver(start, end, 0, 0)).isSameAs(end);
    assertThat(Exchange.FLOAT32.after(start, end)).isSameAs(end);
  }

  /** Squares of small numbers, which half precision would round to 0. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void secondMomentsStayFloat32(Transport transport) {
    ModelState plain = state(0.1f, 1, 2, 0.3f, 4, 5, 6, 7);
    byte[] moments = FloatBytes.of(new float[] {1e-12f, 2e-9f, 0, 0, 0, 0, 1, 1 + 1e-7f});
    ModelState start = new ModelState(plain.parameters(), plain.velocity(), moments, null);
    Exchange exchange = new Exchange(transport, new RunningStatistics(List.of()), SeedStream.of(1));

    assertThat(exchange.toWorkers(start).open().secondMoments()).isEqualTo(moments);
    WireState returned = exchange.toDriver(start, start, 0, 0);
    assertThat(returned.open().secondMoments()).isEqualTo(moments);
    assertThat(exchange.after(start, returned.open()).secondMoments()).isEqualTo(moments);
    assertThat(returned.bytes() - exchange.toDriver(plain, plain, 0, 0).bytes())
        .isEqualTo(moments.length);
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.class,
      names = {"BF16", "FP16"})
  void runningStatisticsKeepEveryBit(Transport transport) {
    Exchange exchange = exchange(transport);
    ModelState start = state(0.1f, 1.00001f, 2.00001f, 0.3f, 4.00001f, 1e-9f, 6.00001f, 1e9f);
    ModelState end = state(0.2f, 1.10001f, 2.10001f, 0.4f, 4.10001f, 2e-9f, 6.10001f, 2e9f);

    float[] sent = parameters(exchange.toWorkers(start));
    float[] returned = parameters(exchange.toDriver(start, end, 0, 0));
    float[] after = parameters(exchange.after(start, exchange.toDriver(start, end, 0, 0).open()));
    for (int i : new int[] {1, 2, 4, 5, 6, 7}) {
      assertThat(sent[i]).isEqualTo(parameters(start)[i]);
      assertThat(returned[i]).isEqualTo(parameters(end)[i]);
      assertThat(after[i]).isEqualTo(parameters(end)[i]);
    }
    assertThat(sent[0]).isNotEqualTo(0.1f);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void changesTooSmallForTwoBytesAddUpOnTheDriver(Transport transport) {
    Exchange exchange = exchange(transport);
    ModelState driver = state(1, 1, 1, 0.5f, 1, 1, 1, 1);
    for (int round = 0; round < 1000; round++) {
      ModelState worker = exchange.toWorkers(driver).open();
      float[] moved = parameters(worker);
      moved[0] += 1e-4f;
      moved[3] -= 1e-5f;
      ModelState end = new ModelState(FloatBytes.of(moved), worker.velocity());
      driver = exchange.after(driver, exchange.toDriver(worker, end, round, 0).open());
    }
    assertThat((double) parameters(driver)[0]).isCloseTo(1.1, within(2 * SUMMATION));
    assertThat((double) parameters(driver)[3]).isCloseTo(0.49, within(SUMMATION));
    assertThat((double) floats(driver.velocity())[0]).isCloseTo(1 / 3.0, within(SUMMATION));
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.class,
      names = {"BF16", "FP16"})
  void roundingIsAFunctionOfSeedRoundAndWorker(Transport transport) {
    float[] values = new float[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    ModelState start = state(new float[1000]);
    ModelState end = state(values);
    Exchange exchange = exchange(transport);
    float[] once = parameters(exchange.toDriver(start, end, 3, 1));

    assertThat(parameters(exchange(transport).toDriver(start, end, 3, 1))).isEqualTo(once);
    assertThat(parameters(exchange.toDriver(start, end, 3, 0))).isNotEqualTo(once);
    assertThat(parameters(exchange.toDriver(start, end, 4, 1))).isNotEqualTo(once);
    assertThat(
            parameters(
                new Exchange(transport, STATISTICS, SeedStream.of(6)).toDriver(start, end, 3, 1)))
        .isNotEqualTo(once);
  }

  @Test
  void halfPrecisionHalvesTheBytes() {
    ModelState state = state(new float[100_000]);
    assertThat(state.bytes()).isEqualTo(800_000);
    assertThat(exchange(Transport.BF16).toWorkers(state).bytes()).isEqualTo(400_024);
    assertThat(exchange(Transport.FP16).toWorkers(state).bytes()).isBetween(400_000L, 401_000L);
  }
}
