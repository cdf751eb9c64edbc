package org.isonorm.spark.jobs;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.JobSucceeded$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;

/**
 * Watches the jobs of a run: none takes longer than its timeout, and what goes wrong in one is said
 * with worker, executor and cause. Executors that are lost and workers that lag behind are reported
 * as it happens, from another thread. The jobs of a run come one after another. Lives on the
 * driver.
 */
public final class JobWatch extends SparkListener implements JobRunner, AutoCloseable {
  /** A worker that much behind is worth a line, if it is also half as slow again as the others. */
  private static final double BEHIND_SECONDS = 1;

  private static final double BEHIND_SHARE = 0.5;

  /** At most one line a minute about workers that lag. */
  private static final double QUIET_SECONDS = 60;

  /** Events that the bus still holds belong to the job that just ended. */
  private static final long EVENTS_MILLISECONDS = 2_000;

  private static final double MILLISECONDS = 1e3;
  private static final String GROUP = "spark.jobGroup.id";
  private static final String DESCRIPTION = "isonorm.job";
  private static final String INTERRUPT = "spark.job.interruptOnCancel";

  private final JavaSparkContext spark;
  private final Timeout timeout;
  private final Consumer<String> output;
  private final String group = "isonorm-" + UUID.randomUUID();
  private final ScheduledExecutorService timer;

  // The rest is written by the listener's thread, too, and guarded by this.
  private final Map<Long, TaskInfo> running = new LinkedHashMap<>();
  private final Map<Integer, TaskInfo> done = new TreeMap<>();
  private final Set<String> lost = new HashSet<>();
  private String what = "";
  private String jobWhat = "";
  private int job = -1;
  private int workerStage = -1;
  private String failure = "";
  private int failures;
  private double behindSeconds;
  private int timesBehind;
  private long lastBehindLine;

  /**
   * How long a job may take.
   *
   * @param seconds 0 for any time
   * @param remedy what to do, as in "if it needs that long raise averaging.round-timeout-seconds"
   */
  public record Timeout(int seconds, String remedy) {}

  /**
   * Starts to watch.
   *
   * @param output takes lines, from several threads
   */
  public JobWatch(JavaSparkContext spark, Timeout timeout, Consumer<String> output) {
    this(
        spark,
        timeout,
        output,
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "isonorm-timeout");
              thread.setDaemon(true);
              return thread;
            }));
  }

  /**
   * Starts to watch by a clock of the caller's.
   *
   * @param timer calls when a job's time is over; ended with this
   */
  JobWatch(
      JavaSparkContext spark,
      Timeout timeout,
      Consumer<String> output,
      ScheduledExecutorService timer) {
    this.spark = spark;
    this.timeout = timeout;
    this.output = output;
    this.timer = timer;
    spark.sc().addSparkListener(this);
  }

  /**
   * Runs a job.
   *
   * @throws JobTimeoutException if it takes too long
   * @throws JobFailedException if memory or executors are lost over and over; any other error as it
   *     is
   */
  @Override
  public void run(String description, Runnable work) {
    begin(description);
    AtomicReference<String> late = new AtomicReference<>();
    ScheduledFuture<?> alarm = alarm(late);
    String groupBefore = spark.getLocalProperty(GROUP);
    spark.setLocalProperty(GROUP, group);
    spark.setLocalProperty(INTERRUPT, "true");
    spark.setLocalProperty(DESCRIPTION, description);
    try {
      work.run();
    } catch (Throwable e) { // Scala throws checked exceptions without saying so.
      if (late.get() != null) {
        throw new JobTimeoutException(late.get(), e);
      }
      String cause = cause();
      if (!cause.isEmpty()) {
        throw new JobFailedException(
            String.format(Locale.ROOT, "Cannot %s: %s", description, cause), e);
      }
      throw e;
    } finally {
      spark.setLocalProperty(GROUP, groupBefore);
      spark.setLocalProperty(INTERRUPT, null);
      spark.setLocalProperty(DESCRIPTION, null);
      if (alarm != null) {
        alarm.cancel(false);
      }
    }
  }

  private ScheduledFuture<?> alarm(AtomicReference<String> late) {
    if (timeout.seconds() == 0) {
      return null;
    }
    return timer.schedule(
        () -> {
          // Cancelling ends the tasks that are to be named.
          late.set(unfinished());
          spark.sc().cancelJobGroup(group);
        },
        timeout.seconds(),
        TimeUnit.SECONDS);
  }

  private synchronized void begin(String description) {
    what = description;
    failure = "";
    failures = 0;
  }

  private synchronized String unfinished() {
    long now = System.currentTimeMillis();
    String waiting =
        running.isEmpty()
            ? "no executor has a task slot left for it"
            : running.values().stream()
                .map(
                    task ->
                        String.format(
                            Locale.ROOT,
                            "%s has not answered for %s s",
                            worker(task),
                            seconds((now - task.launchTime()) / MILLISECONDS)))
                .collect(Collectors.joining(", "));
    String others =
        done.isEmpty()
            ? ""
            : String.format(
                Locale.ROOT,
                ", the other%s took %s s",
                done.size() == 1 ? "" : "s",
                seconds(done.values().stream().mapToDouble(JobWatch::took).max().orElse(0)));
    return String.format(
        Locale.ROOT,
        "Cannot %s within %d s: %s%s (%s%s)",
        what,
        timeout.seconds(),
        waiting,
        others,
        running.isEmpty() ? "" : "see its log; ",
        timeout.remedy());
  }

  private String cause() {
    try {
      spark.sc().listenerBus().waitUntilEmpty(EVENTS_MILLISECONDS);
    } catch (TimeoutException e) {
      // Then what is known must do.
    }
    synchronized (this) {
      return failures > 1
          ? String.format(Locale.ROOT, "%s (failed %d times)", failure, failures)
          : failure;
    }
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    if (start.properties() == null || !group.equals(start.properties().getProperty(GROUP))) {
      return;
    }
    // Here and not as the driver begins: events of the job before may still be on their way then.
    job = start.jobId();
    jobWhat = start.properties().getProperty(DESCRIPTION);
    failure = "";
    failures = 0;
    running.clear();
    done.clear();
    // The first stage has a task a worker; one after it adds groups up.
    workerStage = Integer.MAX_VALUE;
    for (int i = 0; i < start.stageInfos().size(); i++) {
      workerStage = Math.min(workerStage, start.stageInfos().apply(i).stageId());
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    if (start.stageId() == workerStage) {
      running.put(start.taskInfo().taskId(), start.taskInfo());
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.stageId() != workerStage) {
      return;
    }
    TaskInfo task = end.taskInfo();
    running.remove(task.taskId());
    if (task.successful()) {
      done.put(task.index(), task);
      return;
    }
    TaskFailures.reason(end.reason())
        .ifPresent(
            reason -> {
              failure = String.format(Locale.ROOT, "%s: %s", worker(task), reason);
              failures++;
              say("Failed, to be repeated: " + failure);
            });
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    if (end.jobId() != job
        || !(end.jobResult() instanceof JobSucceeded$)
        || done.size() < 2
        || failures > 0) {
      return;
    }
    List<TaskInfo> fastestFirst =
        done.values().stream()
            .sorted((a, b) -> Double.compare(took(a), took(b)))
            .collect(Collectors.toList());
    TaskInfo slowest = fastestFirst.remove(fastestFirst.size() - 1);
    double others = took(fastestFirst.get(fastestFirst.size() / 2));
    double behind = took(slowest) - others;
    if (behind < Math.max(BEHIND_SECONDS, BEHIND_SHARE * others)) {
      return;
    }
    behindSeconds += behind;
    timesBehind++;
    long now = System.nanoTime();
    if (timesBehind == 1 || (now - lastBehindLine) / 1e9 >= QUIET_SECONDS) {
      output.accept(
          String.format(
              Locale.ROOT,
              "Slow: %s took %s s to %s, %s s more than the others%s",
              worker(slowest),
              seconds(took(slowest)),
              jobWhat,
              seconds(behind),
              timesBehind == 1
                  ? ""
                  : String.format(
                      Locale.ROOT,
                      " (%s s in the %d slow rounds so far)",
                      seconds(behindSeconds),
                      timesBehind)));
      lastBehindLine = now;
    }
  }

  /** Who asked to stop knows why tasks fail and executors go. */
  private void say(String line) {
    if (!StopRequest.isMade()) {
      output.accept(line);
    }
  }

  /** Once, though Spark tells of a loss again as its process ends; before a job nothing is lost. */
  @Override
  public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    if (!what.isEmpty() && lost.add(removed.executorId())) {
      say(
          String.format(
              Locale.ROOT,
              "Lost executor %s: %s; its tasks start again elsewhere",
              removed.executorId(),
              TaskFailures.lostReason(removed.reason())));
    }
  }

  private static String worker(TaskInfo task) {
    return String.format(
        Locale.ROOT, "worker %d on executor %s (%s)", task.index(), task.executorId(), task.host());
  }

  private static double took(TaskInfo task) {
    return task.duration() / MILLISECONDS;
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f", seconds);
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
    timer.shutdownNow();
  }
}
