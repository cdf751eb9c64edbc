package org.isonorm.spark.mlflow;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.isonorm.spark.mlflow.MlflowServer.Metric;
import org.isonorm.spark.mlflow.MlflowServer.TrackedRun;
import org.isonorm.spark.mlflow.MlflowServer.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a tracking server of runs, in order, on a thread of its own: whoever calls only puts into a
 * queue. What a server does not take is tried again until the tracker is closed; that it does not
 * is said once. Lives on the driver; its methods may be called by several threads.
 */
public final class MlflowTracker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MlflowTracker.class);

  /** What MLflow takes in a request. */
  private static final int MOST_METRICS = 1_000;

  private static final int MOST_PARAMETERS = 100;

  /** Older servers refuse a longer value, and with it all of its request. */
  private static final int LONGEST_VALUE = 500;

  /** Rows of metrics that wait for a server, several megabytes of them. */
  private static final int MOST_WAITING = 20_000;

  private final MlflowSettings settings;
  private final MlflowServer server;
  private final Patience patience;
  private final Consumer<String> notes;
  private final Thread thread = new Thread(this::work, "isonorm-mlflow");

  // Guarded by this.
  private final Deque<Task> queue = new ArrayDeque<>();
  private int waitingRows;
  private int lost;
  private boolean busy;
  private boolean closing;
  private boolean troubled;
  private boolean toldTrouble;
  private boolean givenUp;
  private long lastProgress = System.nanoTime();
  private String lastReason = "";

  // Of the thread alone.
  private final Set<String> toldRefused = new HashSet<>();
  private String experiment;

  /**
   * How long to wait.
   *
   * @param first pause before something is tried again; every further one is twice as long
   * @param longest pause
   * @param gone wait at the end for a server that did not answer the last time
   * @param working wait at the end after the last answer of one that did
   */
  record Patience(Duration first, Duration longest, Duration gone, Duration working) {
    static final Patience DEFAULT =
        new Patience(
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofMinutes(2));
  }

  /** Something to tell the server. */
  @FunctionalInterface
  private interface Telling {
    void tell() throws IOException, InterruptedException;
  }

  /**
   * An entry of the queue.
   *
   * @param what it is, as in "send the parameters"
   * @param rows of metrics, for one request with those after them; empty otherwise
   * @param essential whether nothing else makes sense without it
   */
  private record Task(
      Run run, String what, Telling telling, List<Metric> rows, boolean essential) {}

  /** A run. */
  public final class Run {
    private TrackedRun tracked;

    private Run() {}

    /** Numbers at a step. */
    public void metrics(long step, Map<String, Double> values) {
      long now = System.currentTimeMillis();
      List<Metric> metrics = new ArrayList<>();
      values.forEach((key, value) -> metrics.add(new Metric(key, value, now, step)));
      put(new Task(this, "send metrics", null, metrics, false));
    }

    /** A file of the run; not to be changed before the tracker is closed. */
    public void artifact(Path file) {
      String fileName = file.getFileName().toString();
      put(
          new Task(
              this,
              "send " + fileName,
              () -> server.upload(tracked, file, fileName),
              List.of(),
              false));
    }

    /** The end of the run. */
    public void end(Status status) {
      long now = System.currentTimeMillis();
      put(
          new Task(
              this,
              "end the run",
              () -> server.update(tracked.id(), status.name(), Optional.of(now)),
              List.of(),
              false));
    }
  }

  /** How a run ended, in MLflow's words. */
  public enum Status {
    FINISHED,
    FAILED,
    KILLED
  }

  private MlflowTracker(MlflowSettings settings, Patience patience, Consumer<String> notes) {
    this.settings = settings;
    this.server = new MlflowServer(settings);
    this.patience = patience;
    this.notes = notes;
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Opens a tracker.
   *
   * @param notes takes a sentence now and then, from another thread
   */
  public static MlflowTracker open(MlflowSettings settings, Consumer<String> notes) {
    return open(settings, Patience.DEFAULT, notes);
  }

  static MlflowTracker open(MlflowSettings settings, Patience patience, Consumer<String> notes) {
    return new MlflowTracker(settings, patience, notes);
  }

  /**
   * Begins a run.
   *
   * @param parent the run it is a part of
   * @param tags of MLflow's or anybody's
   * @param parameters long values are cut
   * @param started takes the run's id there when it has one
   */
  public Run begin(
      String name,
      Optional<Run> parent,
      Map<String, String> tags,
      Map<String, String> parameters,
      Consumer<String> started) {
    Run run = new Run();
    long now = System.currentTimeMillis();
    Telling begin =
        () -> {
          Map<String, String> all = new LinkedHashMap<>(tags);
          parent.ifPresent(above -> all.put("mlflow.parentRunId", above.tracked.id()));
          run.tracked = server.createRun(experiment(), name, now, all);
          started.accept(run.tracked.id());
          if (parent.isEmpty()) {
            say("MLflow shows the run at " + page(run.tracked));
          }
        };
    put(new Task(run, "begin the run", begin, List.of(), true));
    List<Map<String, String>> parts = new ArrayList<>();
    parameters.forEach(
        (key, value) -> {
          if (parts.isEmpty() || parts.get(parts.size() - 1).size() == MOST_PARAMETERS) {
            parts.add(new LinkedHashMap<>());
          }
          parts.get(parts.size() - 1).put(key, cut(value));
        });
    for (Map<String, String> part : parts) {
      put(
          new Task(
              run,
              "send the parameters",
              () -> server.logParameters(run.tracked.id(), part),
              List.of(),
              false));
    }
    return run;
  }

  /** Goes on with a run that was begun before, by its id there. */
  public Run resume(String id) {
    Run run = new Run();
    Telling resume =
        () -> {
          run.tracked = server.run(id);
          server.update(id, "RUNNING", Optional.empty());
          say("MLflow shows the run at " + page(run.tracked));
        };
    put(new Task(run, "go on with the run", resume, List.of(), true));
    return run;
  }

  private static String cut(String value) {
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE - 1) + "…";
  }

  private String page(TrackedRun run) {
    return String.format(
        Locale.ROOT, "%s/#/experiments/%s/runs/%s", settings.server(), run.experiment(), run.id());
  }

  private String experiment() throws IOException, InterruptedException {
    if (experiment == null) {
      experiment = server.experiment(settings.experiment());
    }
    return experiment;
  }

  private synchronized void put(Task task) {
    if (givenUp || closing) {
      lost++;
      return;
    }
    if (!task.rows().isEmpty()) {
      if (waitingRows >= MOST_WAITING) {
        lost++;
        return;
      }
      waitingRows++;
    }
    queue.add(task);
    notifyAll();
  }

  private void work() {
    try {
      for (Task task = next(); task != null; task = next()) {
        persist(task);
        done();
      }
    } catch (InterruptedException e) {
      // Closing has waited long enough.
    }
  }

  /** The next entry; metrics of a run that wait one after another become one. Null at the end. */
  private synchronized Task next() throws InterruptedException {
    while (queue.isEmpty()) {
      if (closing) {
        return null;
      }
      wait();
    }
    busy = true;
    Task first = queue.remove();
    if (first.rows().isEmpty()) {
      return first;
    }
    waitingRows--;
    List<Metric> metrics = new ArrayList<>(first.rows());
    while (!queue.isEmpty()
        && queue.peek().run() == first.run()
        && !queue.peek().rows().isEmpty()
        && metrics.size() + queue.peek().rows().size() <= MOST_METRICS) {
      metrics.addAll(queue.remove().rows());
      waitingRows--;
    }
    return new Task(
        first.run(),
        first.what(),
        () -> server.logMetrics(first.run().tracked.id(), metrics),
        metrics,
        false);
  }

  private synchronized void done() {
    busy = false;
    lastProgress = System.nanoTime();
    notifyAll();
  }

  /** Tells the server, again and again if it cannot listen. */
  private void persist(Task task) throws InterruptedException {
    Duration pause = patience.first();
    while (true) {
      try {
        task.telling().tell();
        untroubled();
        return;
      } catch (UnavailableException e) {
        log.debug("Cannot {} at {}", task.what(), settings.server(), e);
        trouble(e.getMessage());
        Thread.sleep(atMostLongest(e.retryAfter().orElse(pause)).toMillis());
        pause = atMostLongest(pause.multipliedBy(2));
      } catch (IOException | RuntimeException e) { // Such as a refusal.
        refused(task, String.valueOf(e.getMessage()));
        return;
      }
    }
  }

  private Duration atMostLongest(Duration pause) {
    return pause.compareTo(patience.longest()) > 0 ? patience.longest() : pause;
  }

  private synchronized void untroubled() {
    troubled = false;
  }

  private synchronized void trouble(String reason) {
    troubled = true;
    lastReason = reason;
    notifyAll();
    if (!toldTrouble) {
      toldTrouble = true;
      say(
          String.format(
              Locale.ROOT,
              "Cannot track the run at %s: %s; it goes on, and is tracked when the server answers",
              settings.server(),
              reason));
    }
  }

  private void refused(Task task, String reason) {
    if (toldRefused.add(task.what())) {
      say(
          String.format(
              Locale.ROOT, "Cannot %s at %s: %s", task.what(), settings.server(), reason));
    }
    synchronized (this) {
      lastReason = reason;
      lost++;
      if (task.essential()) {
        givenUp = true;
        lost += queue.size();
        queue.clear();
      }
    }
  }

  private void say(String sentence) {
    notes.accept(sentence);
  }

  /**
   * Waits until everything is told, but not long for a server that does not answer; says what was
   * not told.
   */
  @Override
  public void close() {
    boolean interrupted = false;
    synchronized (this) {
      closing = true;
      lastProgress = System.nanoTime();
      notifyAll();
      long began = System.nanoTime();
      while (busy || !queue.isEmpty()) {
        Duration limit = troubled ? patience.gone() : patience.working();
        long since = troubled ? began : lastProgress;
        long left = limit.toNanos() - (System.nanoTime() - since);
        if (left <= 0) {
          lost += queue.size() + (busy ? 1 : 0);
          queue.clear();
          break;
        }
        try {
          wait(Math.max(1, Duration.ofNanos(left).toMillis()));
        } catch (InterruptedException e) {
          interrupted = true;
          lost += queue.size();
          queue.clear();
          break;
        }
      }
    }
    thread.interrupt();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (lost > 0 && !givenUp) {
        say(
            String.format(
                Locale.ROOT,
                "%d entries of the run are not at %s: %s (its folder has them)",
                lost,
                settings.server(),
                lastReason));
      }
    }
  }
}
