package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.isonorm.spark.jobs.InOrder;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.RunningStatistics;
import org.isonorm.spark.run.RunningStatistics.Segment;
import org.isonorm.spark.train.Serialized;
import org.junit.jupiter.api.Test;

class WeightedAverageTest {
  private static final RunningStatistics NONE = new RunningStatistics(List.of());

  private static WorkerUpdate update(int worker, int examples, float... parameters) {
    return new WorkerUpdate.Trained(
        worker,
        examples,
        new ModelState(FloatBytes.of(parameters), FloatBytes.of(new float[parameters.length])),
        examples,
        1,
        worker,
        0);
  }

  private static float[] floats(byte[] bytes) {
    float[] values = new float[FloatBytes.length(bytes)];
    FloatBytes.view(bytes).get(values);
    return values;
  }

  @Test
  void weighsWorkersByTheirExamples() {
    WeightedAverage average = new WeightedAverage(2, false, NONE, 8);
    average.add(update(0, 6, 1, 2));
    average.add(update(1, 2, 5, -2));
    assertThat(floats(average.state().parameters())).containsExactly(2, 1);
    assertThat(average.examples()).isEqualTo(8);
    assertThat(average.correct()).isEqualTo(2);
    assertThat(average.computeSeconds()).isEqualTo(1);
  }

  @Test
  void oneWorkerKeepsItsBits() {
    WeightedAverage average = new WeightedAverage(1, false, NONE, 3);
    average.add(update(0, 3, 0.1f));
    assertThat(floats(average.state().parameters())).containsExactly(0.1f);
  }

  @Test
  void variancesGainTheVarianceBetweenMeans() {
    RunningStatistics statistics = new RunningStatistics(List.of(new Segment(0, 1, 1)));
    WeightedAverage average = new WeightedAverage(2, false, statistics, 4);
    average.add(update(0, 2, 1, 10));
    average.add(update(1, 2, 3, 20));
    // Mean 2; variance (10 + 20) / 2 plus ((1 − 2)² + (3 − 2)²) / 2.
    assertThat(floats(average.state().parameters())).containsExactly(2, 16);
  }

  @Test
  void groupsAddUpToTheWhole() throws Exception {
    RunningStatistics statistics = new RunningStatistics(List.of(new Segment(0, 1, 1)));
    WeightedAverage first = new WeightedAverage(3, false, statistics, 8);
    WeightedAverage second = new WeightedAverage(3, false, statistics, 8);
    first.add(update(0, 2, 1, 10, 4));
    first.add(update(1, 2, 3, 20, 8));
    second.add(update(2, 4, 2, 30, 2));
    WeightedAverage whole = new WeightedAverage(3, false, statistics, 8);
    whole.add(Serialized.copy(first));
    whole.add(Serialized.copy(second));
    assertThat(floats(whole.state().parameters())).containsExactly(2, 23, 4);
    assertThat(whole.examples()).isEqualTo(8);
    assertThat(whole.lossSum()).isEqualTo(8);
  }

  @Test
  void refusesAnotherNumberOfParameters() {
    WeightedAverage average = new WeightedAverage(3, false, NONE, 8);
    assertThatThrownBy(() -> average.add(update(3, 8, 1, 2)))
        .hasMessage("Cannot average parameters: worker 3 returned 2 values, expected 3");
  }

  @Test
  void refusesMissingExamples() {
    WeightedAverage average = new WeightedAverage(1, false, NONE, 8);
    average.add(update(0, 4, 1));
    assertThatThrownBy(average::state)
        .hasMessage("Cannot average parameters: the workers trained on 4 examples, expected 8");
  }

  @Test
  void handsOnInOrderHoweverItemsArrive() {
    StringBuilder order = new StringBuilder();
    InOrder<String> inOrder = new InOrder<>(order::append);
    inOrder.accept(2, "c");
    inOrder.accept(0, "a");
    assertThat(order).hasToString("a");
    inOrder.accept(3, "d");
    inOrder.accept(1, "b");
    assertThat(order).hasToString("abcd");
  }

  @Test
  void secondMomentsAreAveragedAsVelocitiesAreAndCrossTheWire() throws Exception {
    WeightedAverage first = new WeightedAverage(2, true, NONE, 8);
    WeightedAverage second = new WeightedAverage(2, true, NONE, 8);
    first.add(withSecondMoments(0, 6, 4, 8));
    second.add(withSecondMoments(1, 2, 0, 16));

    WeightedAverage whole = new WeightedAverage(2, true, NONE, 8);
    whole.add(first);
    whole.add(Serialized.copy(second));

    assertThat(floats(whole.state().secondMoments())).containsExactly(3, 10);
    assertThat(new WeightedAverage(2, false, NONE, 0).state().secondMoments()).isNull();
  }

  private static WorkerUpdate withSecondMoments(int worker, int examples, float... moments) {
    byte[] zeros = new byte[moments.length * Float.BYTES];
    return new WorkerUpdate.Trained(
        worker,
        examples,
        new ModelState(zeros, zeros, FloatBytes.of(moments), null),
        examples,
        1,
        worker,
        0);
  }
}
