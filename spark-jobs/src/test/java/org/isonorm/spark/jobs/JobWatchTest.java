package org.isonorm.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JobWatchTest {
  private static final int NEVER_MILLISECONDS = 120_000;
  private static final int EVENTS_MILLISECONDS = 10_000;

  /** Of the job that runs: how long its first task took, known when the watch knows it, too. */
  private static volatile CompletableFuture<Long> firstMilliseconds;

  private static volatile CountDownLatch nextJob;

  private final JavaSparkContext spark = new JavaSparkContext(LocalSpark.session().sparkContext());
  private final List<String> lines = new CopyOnWriteArrayList<>();

  @BeforeEach
  void noTaskHasEnded() {
    firstMilliseconds = new CompletableFuture<>();
    nextJob = new CountDownLatch(1);
  }

  @AfterEach
  void noJobIsLeftInTheGroup() {
    assertThat(spark.getLocalProperty("spark.jobGroup.id")).isNull();
  }

  private JobWatch watch(int seconds) {
    return new JobWatch(
        spark, new JobWatch.Timeout(seconds, "have patience; go on with --resume"), lines::add);
  }

  /** Two tasks; the second lags behind the first, however long a busy machine takes for that. */
  private void lagInOne() {
    spark
        .parallelize(List.of(0, 1), 2)
        .foreach(
            task -> {
              if (task == 1) {
                Thread.sleep(1_500 + 2 * firstMilliseconds.get());
              }
            });
  }

  /**
   * Hears of the tasks of the latest job, and not of an earlier one's that are still ending; after
   * the watch, which was there before it.
   */
  private static class Tasks extends SparkListener {
    private int stage = -1;

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      stage = start.stageInfos().apply(0).stageId();
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      if (start.stageId() == stage) {
        started();
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.stageId() == stage) {
        ended(end.taskInfo());
      }
    }

    void started() {}

    void ended(TaskInfo task) {
      firstMilliseconds.complete(task.duration());
    }
  }

  /** Time is over when both tasks have started and one has ended. */
  private static final class Timer extends ScheduledThreadPoolExecutor {
    private final CountDownLatch over = new CountDownLatch(3);
    private String delay = "";

    private Timer() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long time, TimeUnit unit) {
      delay = "%d %s".formatted(time, unit);
      return super.schedule(
          () -> {
            over.await();
            command.run();
            return null;
          },
          0,
          unit);
    }
  }

  @Test
  void aTaskThatHangsEndsTheRoundAndIsNamed() {
    Timer timer = new Timer();
    Tasks tasks =
        new Tasks() {
          @Override
          void started() {
            timer.over.countDown();
          }

          @Override
          void ended(TaskInfo task) {
            timer.over.countDown();
          }
        };
    try (JobWatch watch =
        new JobWatch(
            spark,
            new JobWatch.Timeout(7, "have patience; go on with --resume"),
            lines::add,
            timer)) {
      spark.sc().addSparkListener(tasks);
      assertThatThrownBy(
              () ->
                  watch.run(
                      "finish round 7",
                      () ->
                          spark
                              .parallelize(List.of(0, NEVER_MILLISECONDS), 2)
                              .foreach(
                                  time -> {
                                    Thread.sleep(time);
                                  })))
          .isInstanceOf(JobTimeoutException.class)
          .hasMessageStartingWith(
              "Cannot finish round 7 within 7 s: worker 1 on executor driver (localhost) has not answered for")
          .hasMessageContaining("the other took")
          .hasMessageEndingWith("(see its log; have patience; go on with --resume)");
    } finally {
      spark.sc().removeSparkListener(tasks);
    }
    assertThat(timer.delay).isEqualTo("7 SECONDS");
  }

  @Test
  void aWorkerThatLagsIsReportedWithItsSeconds() throws TimeoutException {
    Tasks tasks = new Tasks();
    try (JobWatch watch = watch(0)) {
      spark.sc().addSparkListener(tasks);
      watch.run("finish round 3", this::lagInOne);
      spark.sc().listenerBus().waitUntilEmpty(EVENTS_MILLISECONDS);
    } finally {
      spark.sc().removeSparkListener(tasks);
    }
    assertThat(lines)
        .singleElement()
        .asString()
        .matches(
            "Slow: worker 1 on executor driver \\(localhost\\) took \\d+\\.\\d s to finish round 3, \\d+\\.\\d s more than the others");
  }

  /** Spark tells of a job's end later than the driver goes on: here, while the next one runs. */
  @Tag("long")
  @Test
  void aWorkerThatLagsIsReportedThoughTheNextJobHasBegun() throws TimeoutException {
    Tasks tasks =
        new Tasks() {
          @Override
          void ended(TaskInfo task) {
            super.ended(task);
            if (task.index() == 1) {
              try {
                nextJob.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          }
        };
    try (JobWatch watch = watch(0)) {
      spark.sc().addSparkListener(tasks);
      watch.run("finish round 3", this::lagInOne);
      watch.run(
          "finish round 4", () -> spark.parallelize(List.of(1)).foreach(i -> nextJob.countDown()));
      spark.sc().listenerBus().waitUntilEmpty(EVENTS_MILLISECONDS);
    } finally {
      spark.sc().removeSparkListener(tasks);
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

  /** Another watch may be there for the jobs before; Spark tells of some losses twice. */
  @Test
  void anExecutorIsLostOnceAndNotBeforeAJob() {
    try (JobWatch watch = watch(60)) {
      watch.onExecutorRemoved(new SparkListenerExecutorRemoved(1, "0", "early"));
      watch.run("finish round 1", () -> {});
      watch.onExecutorRemoved(
          new SparkListenerExecutorRemoved(2, "1", "Unable to create executor due to null"));
      watch.onExecutorRemoved(
          new SparkListenerExecutorRemoved(3, "1", "Command exited with code 1"));
    }
    assertThat(lines)
        .containsExactly(
            "Lost executor 1: Unable to create executor, see its log; its tasks start again elsewhere");
  }
}
