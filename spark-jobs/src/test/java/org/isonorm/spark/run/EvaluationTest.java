package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class EvaluationTest {
  private static final List<String> NAMES = List.of("cat", "dog", "ship");

  private static EvaluationCounts counts() {
    INDArray probabilities =
        Nd4j.createFromArray(
            new float[][] {{.7f, .2f, .1f}, {.6f, .3f, .1f}, {.1f, .8f, .1f}, {.2f, .2f, .6f}});
    EvaluationCounts counts = new EvaluationCounts(3);
    counts.add(probabilities, new int[] {0, 1, 1, 2}, i -> null);
    return counts;
  }

  @Test
  void dividesOnce() {
    Evaluation evaluation = Evaluation.of("test", "best", counts(), 4, NAMES);
    assertThat(evaluation.top1Accuracy()).isEqualTo(.75);
    assertThat(evaluation.top5Accuracy()).isEqualTo(1);
    double loss = -(Math.log(.7) + Math.log(.3) + Math.log(.8) + Math.log(.6)) / 4;
    assertThat(evaluation.loss()).isCloseTo(loss, within(1e-6));
    assertThat(evaluation.confusionMatrix())
        .isDeepEqualTo(new long[][] {{1, 0, 0}, {1, 1, 0}, {0, 0, 1}});
    Evaluation.ClassScore dog = evaluation.perClass().get(1);
    assertThat(dog.precision()).isEqualTo(1);
    assertThat(dog.recall()).isEqualTo(.5);
    assertThat(dog.f1()).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(dog.support()).isEqualTo(2);
  }

  @Test
  void partsAddUpToTheWhole() {
    EvaluationCounts sum = counts();
    sum.add(counts());
    Evaluation evaluation = Evaluation.of("test", "best", sum, 8, NAMES);
    Evaluation one = Evaluation.of("test", "best", counts(), 4, NAMES);
    assertThat(evaluation.top1Accuracy()).isEqualTo(one.top1Accuracy());
    assertThat(evaluation.loss()).isCloseTo(one.loss(), within(1e-12));
  }

  @Test
  void refusesAnotherNumberOfExamplesThanExpected() {
    assertThatThrownBy(() -> Evaluation.of("test", "best", counts(), 5, NAMES))
        .hasMessage("Cannot evaluate the test split: 4 examples were counted, expected 5");
  }

  @Test
  void aClassNeverSeenScoresZeroAndNotNan() {
    EvaluationCounts counts = new EvaluationCounts(3);
    counts.add(Nd4j.createFromArray(new float[][] {{.7f, .2f, .1f}}), new int[] {0}, i -> null);
    Evaluation.ClassScore ship = Evaluation.of("test", "best", counts, 1, NAMES).perClass().get(2);
    assertThat(ship).isEqualTo(new Evaluation.ClassScore("ship", 0, 0, 0, 0));
  }

  @Test
  void theSixthLikeliestClassIsNotAmongFive() {
    float[] probabilities = {.3f, .2f, .15f, .12f, .1f, .08f, .05f};
    EvaluationCounts counts = new EvaluationCounts(7);
    INDArray row = Nd4j.createFromArray(new float[][] {probabilities});
    IntStream.range(0, 7).forEach(label -> counts.add(row, new int[] {label}, i -> null));
    assertThat(counts.topFive()).isEqualTo(5);
  }

  @Test
  void equalProbabilitiesCountOneAmongTheFirstFive() {
    // A network that says the same of ten classes is right half of the time within five.
    float[] uniform = new float[10];
    java.util.Arrays.fill(uniform, .1f);
    EvaluationCounts counts = new EvaluationCounts(10);
    INDArray row = Nd4j.createFromArray(new float[][] {uniform});
    IntStream.range(0, 10).forEach(label -> counts.add(row, new int[] {label}, i -> null));
    assertThat(counts.topFive()).isEqualTo(5);
  }
}
