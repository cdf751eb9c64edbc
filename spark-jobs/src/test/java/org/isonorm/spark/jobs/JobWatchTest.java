package org.isonorm.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobWatchTest {
  private static final int LONG_MILLISECONDS = 20_000;
  private static final int EVENTS_MILLISECONDS = 10_000;

  private final JavaSparkContext spark = new JavaSparkContext(LocalSpark.session().sparkContext());
  private final List<String> lines = new CopyOnWriteArrayList<>();

  @AfterEach
  void noJobIsLeftInTheGroup() {
    assertThat(spark.getLocalProperty("spark.jobGroup.id")).isNull();
  }

  private JobWatch watch(int seconds) {
    return new JobWatch(
        spark, new JobWatch.Timeout(seconds, "have patience; go on with --resume"), lines::add);
  }

  /** Two tasks; the second sleeps. */
  private void sleepInOne(int milliseconds) {
    spark
        .parallelize(List.of(0, milliseconds), 2)
        .foreach(
            time -> {
              Thread.sleep(time);
            });
  }

  @Test
  void aTaskThatHangsEndsTheRoundAndIsNamed() {
    try (JobWatch watch = watch(1)) {
      assertThatThrownBy(() -> watch.run("finish round 7", () -> sleepInOne(LONG_MILLISECONDS)))
          .isInstanceOf(JobTimeoutException.class)
          .hasMessageStartingWith(
              "Cannot finish round 7 within 1 s: worker 1 on executor driver (localhost) has not answered for")
          .hasMessageContaining("the other took")
          .hasMessageEndingWith("(see its log; have patience; go on with --resume)");
    }
  }

  @Test
  void aWorkerThatLagsIsReportedWithItsSeconds() throws TimeoutException {
    try (JobWatch watch = watch(0)) {
      watch.run("finish round 3", () -> sleepInOne(3_000));
      spark.sc().listenerBus().waitUntilEmpty(EVENTS_MILLISECONDS);
    }
    assertThat(lines)
        .singleElement()
        .asString()
        .matches(
            "Slow: worker 1 on executor driver \\(localhost\\) took \\d+\\.\\d s to finish round 3, \\d+\\.\\d s more than the others");
  }

  /** Spark tells of a job's end later than the driver goes on: here, while the next one runs. */
  @Test
  void aWorkerThatLagsIsReportedThoughTheNextJobHasBegun() throws TimeoutException {
    try (JobWatch watch = watch(0)) {
      SparkListener slow =
          new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
              try {
                Thread.sleep(500);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          };
      spark.sc().addSparkListener(slow);
      watch.run("finish round 3", () -> sleepInOne(3_000));
      watch.run("finish round 4", () -> sleepInOne(1));
      spark.sc().listenerBus().waitUntilEmpty(EVENTS_MILLISECONDS);
      spark.sc().removeSparkListener(slow);
    }
    assertThat(lines).singleElement().asString().contains(" s to finish round 3, ");
  }

  @Test
  void anErrorOfATaskIsPassedOn() {
    try (JobWatch watch = watch(60)) {
      assertThatThrownBy(
              () ->
                  watch.run(
                      "finish round 1",
                      () ->
                          spark
                              .parallelize(List.of(1, 2), 2)
                              .foreach(
                                  i -> {
                                    throw new IllegalStateException("Cannot read x.parquet");
                                  })))
          .hasMessageContaining("Cannot read x.parquet")
          .isNotInstanceOf(JobFailedException.class);
    }
  }

  @Test
  void aTaskThatFailsAndSucceedsTheSecondTimeIsNoError() {
    try (JobWatch watch = watch(60)) {
      watch.run(
          "finish round 1",
          () ->
              spark
                  .parallelize(List.of(1, 2), 2)
                  .foreach(
                      i -> {
                        if (TaskContext.get().attemptNumber() == 0) {
                          throw new IllegalStateException("once");
                        }
                      }));
    }
    assertThat(lines).isEmpty();
  }
}
