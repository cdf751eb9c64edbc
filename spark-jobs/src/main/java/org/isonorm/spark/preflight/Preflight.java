package org.isonorm.spark.preflight;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.spark.jobs.JobTimeoutException;
import org.isonorm.spark.jobs.JobWatch;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.TrainingFailedException;

/**
 * What is checked before training: that the cluster has what the configuration needs. Everything is
 * shown; what does not fit stops the command with the numbers and the setting to change. Lives on
 * the driver.
 */
public final class Preflight {
  private static final int ANSWER_SECONDS = 120;
  private static final int ATTEMPTS = 3;

  /** Long enough that no executor takes another's task, too. */
  private static final long SPREAD_MILLISECONDS = 300;

  private static final long MEBIBYTE = 1 << 20;
  static final double STORAGE_SHARE = 0.6;
  private static final long LEAST_OVERHEAD = 384 * MEBIBYTE;
  private static final double OVERHEAD_SHARE = 0.1;
  private static final String OVERHEAD = "spark.executor.memoryOverhead";
  static final String HEAP = "spark.executor.memory";

  /** What it is where it is not set. */
  static final String DEFAULT_HEAP = "1g";

  /** What the checks are made on. */
  record Cluster(
      String master,
      SparkConf conf,
      int slots,
      ExecutorReport driver,
      List<ExecutorReport> executors) {
    boolean isLocal() {
      return executors.get(0).executor().equals("driver");
    }

    /** Whether a resource manager kills executors that take more than they asked for. */
    boolean isContained() {
      return master.startsWith("yarn") || master.startsWith("k8s");
    }
  }

  /**
   * What training needs.
   *
   * @param workers at a time
   * @param setting that says how many
   * @param threads of each worker's kernels
   * @param residency where the examples are while a run trains
   * @param data folders of ingested data sets, any URI Hadoop reads
   */
  public record Needs(
      int workers,
      String setting,
      int threads,
      MemoryDemand memory,
      Residency residency,
      List<String> data) {}

  /** A line of the table; an empty problem where it fits. */
  record Check(String name, String found, String needed, String problem) {}

  private Preflight() {}

  /**
   * Asks every executor, prints the table and checks.
   *
   * @throws IllegalArgumentException with the numbers and the setting to change, if something does
   *     not fit
   */
  public static void run(JavaSparkContext spark, int slots, Needs needs, Consumer<String> output) {
    DataAccess data =
        new DataAccess(needs.data(), new SerializableConfiguration(spark.hadoopConfiguration()));
    ExecutorReport driver =
        ExecutorReport.here("driver", "this machine", 0, spark.isLocal() ? data.problem() : "");
    List<ExecutorReport> executors =
        spark.isLocal() ? List.of(driver) : askAll(spark, slots, data, output);
    List<Check> checks =
        checks(new Cluster(spark.master(), spark.getConf(), slots, driver, executors), needs);
    table(checks).forEach(output);
    checks.stream()
        .filter(check -> !check.problem().isEmpty())
        .findFirst()
        .ifPresent(
            check -> {
              throw new IllegalArgumentException(check.problem());
            });
  }

  private static List<ExecutorReport> askAll(
      JavaSparkContext spark, int slots, DataAccess data, Consumer<String> output) {
    Map<String, ExecutorReport> reports = new TreeMap<>();
    JobWatch.Timeout timeout =
        new JobWatch.Timeout(
            ANSWER_SECONDS, "try again when its machine is less busy, or give it more cores");
    try (JobWatch watch = new JobWatch(spark, timeout, output)) {
      for (int i = 0; i < ATTEMPTS && reports.size() < executors(spark); i++) {
        watch.run(
            "ask every executor what it is",
            () ->
                spark
                    .parallelize(IntStream.range(0, slots).boxed().toList(), slots)
                    .map(
                        ignored -> {
                          Thread.sleep(SPREAD_MILLISECONDS);
                          return ExecutorReport.ofTask(data);
                        })
                    .collect()
                    .forEach(report -> reports.put(report.executor(), report)));
      }
    } catch (Exception e) {
      throw refusal(spark.master(), e);
    }
    return new ArrayList<>(reports.values());
  }

  /** What to say of executors that did not answer what they are: late ones may well be fit. */
  static RuntimeException refusal(String master, Exception error) {
    if (error instanceof JobTimeoutException late) {
      return late;
    }
    ExecutorReport here = ExecutorReport.here("driver", "this machine", 0, "");
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid cluster %s: an executor cannot run this program: %s (executors need Spark %s, Scala %s and Java 17 or later, as here; for Java set spark.executorEnv.JAVA_HOME)",
            master,
            TrainingFailedException.cause(error),
            here.spark(),
            here.scala()),
        error);
  }

  /** Executors that have registered. */
  static int executors(JavaSparkContext spark) {
    return spark.sc().statusTracker().getExecutorInfos().length - 1;
  }

  /** The lines of the table. */
  static List<String> table(List<Check> checks) {
    int name = width(checks, Check::name);
    int found = width(checks, Check::found);
    return checks.stream()
        .map(
            check ->
                String.format(
                        Locale.ROOT,
                        "%-" + name + "s  %-" + found + "s  %s%s",
                        check.name(),
                        check.found(),
                        check.needed(),
                        check.problem().isEmpty() ? "" : "  <- does not fit")
                    .stripTrailing())
        .toList();
  }

  private static int width(List<Check> checks, Function<Check, String> column) {
    return checks.stream().mapToInt(check -> column.apply(check).length()).max().orElse(1);
  }

  /** Every check, in the order of the table. */
  static List<Check> checks(Cluster cluster, Needs needs) {
    List<ExecutorReport> executors = cluster.executors();
    int share = share(cluster, needs);
    List<Check> checks = new ArrayList<>();
    checks.add(new Check("preflight", "there is", "needed", ""));
    checks.add(
        new Check(
            "task slots",
            String.format(
                Locale.ROOT, "%d on %s", cluster.slots(), Plural.of(executors.size(), "executor")),
            String.format(Locale.ROOT, "%d (%s)", needs.workers(), needs.setting()),
            ""));
    checks.add(cores(cluster, needs, share));
    checks.add(new Check("examples", needs.residency().what(), needs.residency().why(), ""));
    if (cluster.isLocal()) {
      checks.add(localHeap(cluster, needs, share));
    } else {
      checks.add(executorHeap(cluster, needs, share));
      checks.add(driverHeap(cluster, needs));
    }
    checks.add(storage(cluster, needs, share));
    checks.add(arrays(cluster, needs, share));
    checks.add(machine(cluster, needs, share));
    checks.add(kernels(executors));
    checks.add(gpus(cluster));
    checks.add(versions(cluster));
    checks.add(data(cluster, needs));
    checks.add(
        new Check(
            "serializer",
            cluster.conf().get("spark.serializer", "JavaSerializer").replaceAll(".*\\.", ""),
            "JavaSerializer",
            ""));
    return Collections.unmodifiableList(checks);
  }

  /** The most workers that an executor has at a time. */
  private static int share(Cluster cluster, Needs needs) {
    int executors = cluster.executors().size();
    int slots = (cluster.slots() + executors - 1) / executors;
    return Math.min(slots, needs.workers());
  }

  private static Check cores(Cluster cluster, Needs needs, int share) {
    int fewest = least(cluster, ExecutorReport::cores).cores();
    return new Check(
        "processors",
        String.format(
            Locale.ROOT,
            "%d on a machine, %s a task",
            fewest,
            cluster.conf().get("spark.task.cpus", "1")),
        String.format(
            Locale.ROOT, "%d x %s an executor", share, Plural.of(needs.threads(), "thread")),
        "");
  }

  private static Check localHeap(Cluster cluster, Needs needs, int share) {
    long found = cluster.driver().heapBytes();
    long needed =
        needs.memory().executorHeap(share) + needs.memory().driverHeap() - MemoryDemand.SPARK_BYTES;
    return new Check(
        "heap",
        mebibytes(found),
        String.format(
            Locale.ROOT,
            "%s: %s, driver %s",
            mebibytes(needed),
            executorParts(needs, share),
            mebibytes(needs.memory().driverHeap() - MemoryDemand.SPARK_BYTES)),
        found >= needed
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid heap: %s, but training needs %s (set ISONORM_HEAP, or spark-submit --driver-memory, to at least %dm)",
                mebibytes(found),
                mebibytes(needed),
                roundUp(needed)));
  }

  private static Check executorHeap(Cluster cluster, Needs needs, int share) {
    ExecutorReport least = least(cluster, report -> report.heapBytes());
    long needed = needs.memory().executorHeap(share);
    return new Check(
        "executor heap",
        mebibytes(least.heapBytes()) + " each",
        String.format(Locale.ROOT, "%s: %s", mebibytes(needed), executorParts(needs, share)),
        least.heapBytes() >= needed
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid %s: %s of heap on executor %s (%s), but its %s need %s (set %s to at least %dm, or use more executors)",
                HEAP,
                mebibytes(least.heapBytes()),
                least.executor(),
                least.host(),
                Plural.of(share, "worker"),
                mebibytes(needed),
                HEAP,
                roundUp(needed)));
  }

  private static String executorParts(Needs needs, int share) {
    return String.format(
        Locale.ROOT,
        "examples %s, parameters %s, Spark %s",
        mebibytes(needs.memory().examples(share)),
        mebibytes(needs.memory().states(share)),
        mebibytes(MemoryDemand.SPARK_BYTES));
  }

  private static Check driverHeap(Cluster cluster, Needs needs) {
    long found = cluster.driver().heapBytes();
    long needed = needs.memory().driverHeap();
    return new Check(
        "driver heap",
        mebibytes(found),
        mebibytes(needed),
        found >= needed
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid spark.driver.memory: %s of heap, but averaging needs %s (set spark-submit --driver-memory, or ISONORM_HEAP, to at least %dm)",
                mebibytes(found),
                mebibytes(needed),
                roundUp(needed)));
  }

  /** Share of what Spark leaves of a heap that is for what it keeps. */
  static double storageShare(SparkConf conf) {
    return conf.getDouble("spark.memory.fraction", STORAGE_SHARE);
  }

  /** What Spark can keep in a heap. */
  static long storage(long heap, double share) {
    return Math.max(0, (long) ((heap - MemoryDemand.SPARK_BYTES) * share));
  }

  /** What does not fit into Spark's storage memory would be read again every round. */
  private static Check storage(Cluster cluster, Needs needs, int share) {
    ExecutorReport least = least(cluster, report -> report.heapBytes());
    double fraction = storageShare(cluster.conf());
    long found = storage(least.heapBytes(), fraction);
    long needed = needs.memory().shard() * share;
    String setting = cluster.isLocal() ? "ISONORM_HEAP, or spark-submit --driver-memory," : HEAP;
    return new Check(
        "storage",
        mebibytes(found) + " each",
        String.format(Locale.ROOT, "%s: shards", mebibytes(needed)),
        found >= needed
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid %s: %s of storage memory on executor %s, but the shards of its %s take %s (set %s to at least %dm, or use more executors)",
                cluster.isLocal() ? "heap" : HEAP,
                mebibytes(found),
                least.executor(),
                Plural.of(share, "worker"),
                mebibytes(needed),
                setting,
                roundUp((long) (needed / fraction) + MemoryDemand.SPARK_BYTES)));
  }

  /** Arrays outside the heap against the container's allowance for them, if it has one. */
  private static Check arrays(Cluster cluster, Needs needs, int share) {
    ExecutorReport any = least(cluster, report -> report.heapBytes());
    long needed = needs.memory().arrays(share);
    SparkConf conf = cluster.conf();
    boolean told = conf.contains(OVERHEAD);
    boolean limited = !cluster.isLocal() && (told || cluster.isContained());
    long found =
        told
            ? JavaUtils.byteStringAsMb(conf.get(OVERHEAD)) * MEBIBYTE
            : Math.max(LEAST_OVERHEAD, (long) (any.heapBytes() * OVERHEAD_SHARE));
    return new Check(
        "arrays off heap",
        limited ? mebibytes(found) + " each" : "no limit set",
        String.format(
            Locale.ROOT,
            "%s: %d x (parameters %s, activations %s)",
            mebibytes(needed),
            share,
            mebibytes(needed / share - needs.memory().activations()),
            mebibytes(needs.memory().activations())),
        !limited || found >= needed
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid %s: %s, but the arrays of %s take %s outside the heap (set %s to at least %dm, or lower training.global-batch-size)",
                OVERHEAD,
                mebibytes(found),
                Plural.of(share, "worker"),
                mebibytes(needed),
                OVERHEAD,
                roundUp(needed)));
  }

  /** All executors of a machine together, and the driver where it is the executor. */
  private static Check machine(Cluster cluster, Needs needs, int share) {
    Map<String, List<ExecutorReport>> hosts =
        cluster.executors().stream()
            .collect(
                Collectors.groupingBy(ExecutorReport::host, TreeMap::new, Collectors.toList()));
    long needed = 0;
    ExecutorReport tightest = cluster.executors().get(0);
    long least = Long.MAX_VALUE;
    for (List<ExecutorReport> executors : hosts.values()) {
      long here =
          executors.size() * (needs.memory().executorHeap(share) + needs.memory().arrays(share));
      long left = executors.get(0).machineBytes() - here;
      if (left < least) {
        least = left;
        needed = here;
        tightest = executors.get(0);
      }
    }
    return new Check(
        "machine memory",
        mebibytes(tightest.machineBytes()),
        mebibytes(needed),
        least >= 0
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid number of executors: the machine %s has %s of memory, but the %s on it need %s (use fewer a machine, or lower training.global-batch-size)",
                tightest.host(),
                mebibytes(tightest.machineBytes()),
                Plural.of(hosts.get(tightest.host()).size(), "executor"),
                mebibytes(needed)));
  }

  private static Check kernels(List<ExecutorReport> executors) {
    Map<String, List<ExecutorReport>> byName =
        executors.stream()
            .collect(
                Collectors.groupingBy(ExecutorReport::kernels, TreeMap::new, Collectors.toList()));
    String found =
        byName.entrySet().stream()
            .map(
                e ->
                    String.format(
                        Locale.ROOT,
                        "%s on %s",
                        e.getKey(),
                        Plural.of(e.getValue().size(), "executor")))
            .collect(Collectors.joining(", "));
    return new Check(
        "kernels",
        found,
        "the same on all",
        byName.size() == 1
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid kernels: %s, and the slowest sets the pace (see the log of executor %s for why; set spark.executor.extraJavaOptions to -Disonorm.kernel=nd4j to use those everywhere)",
                found,
                byName.values().iterator().next().get(0).executor()));
  }

  private static Check gpus(Cluster cluster) {
    ExecutorReport odd =
        cluster.executors().stream()
            .filter(report -> report.assignedGpus() > 0 != report.devices() > 0)
            .findFirst()
            .orElse(null);
    int devices = cluster.executors().stream().mapToInt(ExecutorReport::devices).sum();
    String backends =
        cluster.executors().stream()
            .map(ExecutorReport::backend)
            .distinct()
            .collect(Collectors.joining(", "));
    String problem = "";
    if (odd != null && odd.assignedGpus() > 0) {
      problem =
          String.format(
              Locale.ROOT,
              "Invalid spark.task.resource.gpu.amount: %d, but executor %s (%s) computes on %s (build the jar with -Pcuda, or leave the setting out)",
              odd.assignedGpus(),
              odd.executor(),
              odd.host(),
              odd.backend());
    } else if (odd != null && !cluster.isLocal()) {
      problem =
          String.format(
              Locale.ROOT,
              "Invalid spark.task.resource.gpu.amount: not set, but executor %s (%s) computes on %s (set it and spark.executor.resource.gpu.amount to 1, so that every worker has a GPU of its own)",
              odd.executor(),
              odd.host(),
              Plural.of(odd.devices(), "GPU"));
    }
    return new Check(
        "GPUs",
        String.format(Locale.ROOT, "%d (%s)", devices, backends),
        String.format(
            Locale.ROOT, "%s a task", cluster.conf().get("spark.task.resource.gpu.amount", "none")),
        problem);
  }

  private static Check versions(Cluster cluster) {
    TreeSet<String> distinct = new TreeSet<>();
    cluster.executors().forEach(report -> distinct.add(report.versions()));
    ExecutorReport driver = cluster.driver();
    ExecutorReport other =
        cluster.executors().stream()
            .filter(
                report ->
                    !report.spark().equals(driver.spark())
                        || !binary(report.scala()).equals(binary(driver.scala()))
                        || report.javaFeature() != driver.javaFeature())
            .findFirst()
            .orElse(null);
    return new Check(
        "versions",
        String.join("; ", distinct),
        "the driver's",
        other == null
            ? ""
            : String.format(
                Locale.ROOT,
                "Invalid versions: executor %s (%s) has %s, but the driver %s (use the cluster's Spark for both: set SPARK_HOME; for Java set spark.executorEnv.JAVA_HOME)",
                other.executor(),
                other.host(),
                other.versions(),
                driver.versions()));
  }

  private static Check data(Cluster cluster, Needs needs) {
    List<ExecutorReport> executors = cluster.executors();
    List<ExecutorReport> without =
        executors.stream().filter(report -> !report.dataProblem().isEmpty()).toList();
    String problem = "";
    if (!without.isEmpty()) {
      ExecutorReport first = without.get(0);
      problem =
          String.format(
              Locale.ROOT,
              "Invalid data.path: %s cannot be read on executor %s (%s, user %s): %s (put it where every executor reads it by the same path, such as HDFS, S3 or a shared folder, and let that user read it)",
              String.join(", ", needs.data()),
              first.executor(),
              first.host(),
              first.user(),
              first.dataProblem());
    }
    return new Check(
        "data readable",
        String.format(
            Locale.ROOT,
            "on %d of %s",
            executors.size() - without.size(),
            Plural.of(executors.size(), "executor")),
        "on all",
        problem);
  }

  /** 2.12 of 2.12.18. */
  private static String binary(String scala) {
    return scala.replaceFirst("^(\\d+\\.\\d+).*", "$1");
  }

  private static ExecutorReport least(Cluster cluster, ToLongFunction<ExecutorReport> figure) {
    return cluster.executors().stream()
        .min((a, b) -> Long.compare(figure.applyAsLong(a), figure.applyAsLong(b)))
        .orElseThrow();
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", (bytes + MEBIBYTE - 1) / MEBIBYTE);
  }

  /** Mebibytes to set, in hundreds. */
  private static long roundUp(long bytes) {
    long hundred = 100 * MEBIBYTE;
    return (bytes + hundred - 1) / hundred * 100;
  }
}
