package org.isonorm.spark.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.isonorm.spark.cluster.ClusterSettings;
import org.isonorm.spark.cluster.ClusterStatus;
import org.isonorm.spark.cluster.LocalCluster;
import org.isonorm.spark.storage.ShellLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code isonorm cluster}. */
@Command(
    name = "cluster",
    header =
        "Starts a Spark cluster on this machine, to try jobs with separate executor processes.",
    description =
        "%nA standalone master and workers from the embedded runtime or, where it is set, $SPARK_HOME. They listen on 127.0.0.1.%n",
    synopsisSubcommandLabel = "(start | status | stop)",
    footer = {
      "",
      "Examples:",
      "  isonorm cluster start --workers 2 --cores 1",
      "  isonorm train --master spark://127.0.0.1:7077 --config conf/quickstart.conf",
      "  isonorm cluster stop",
    })
final class ClusterCommand implements Runnable {
  private static final long MEBIBYTE = 1 << 20;

  /** Share of this machine's memory that the executors of all workers may have. */
  private static final int MEMORY_SHARE = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description =
          "Where the cluster keeps its logs and remembers its processes (~/.isonorm/cluster).")
  private Path folder;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Missing command (one of start, status, stop)");
  }

  @Command(
      name = "start",
      header = "Starts a master and its workers, and waits for them.",
      description = "%nPrints the URL for --master.%n")
  int start(
      @Option(
              names = "--workers",
              paramLabel = "N",
              defaultValue = "2",
              description = "Worker processes.")
          int workers,
      @Option(
              names = "--cores",
              paramLabel = "N",
              description = "Task slots of each worker (this machine's cores divided by workers).")
          Integer cores,
      @Option(
              names = "--memory",
              paramLabel = "SIZE",
              description =
                  "Memory of each worker for executors, as in 2g (half of this machine's divided by workers).")
          String memory,
      @Option(
              names = "--port",
              paramLabel = "N",
              defaultValue = "7077",
              description = "Port of the master; 0 for a free one.")
          int port,
      @Option(names = "--json", description = "Print one JSON object.") boolean json)
      throws IOException {
    int divisor = Math.max(1, workers);
    ClusterSettings settings =
        new ClusterSettings(
            workers,
            cores == null
                ? Math.max(1, Runtime.getRuntime().availableProcessors() / divisor)
                : cores,
            memory == null
                ? machineMebibytes() / MEMORY_SHARE / divisor
                : LocalCluster.mebibytes(memory),
            port);
    print(cluster().start(settings, sparkHome(), configuration()), json);
    return CommandLineInterface.DONE;
  }

  @Command(
      name = "status",
      header = "Says what runs on the cluster.",
      description = "%nExit code 1 if none runs.%n")
  int status(@Option(names = "--json", description = "Print one JSON object.") boolean json)
      throws IOException {
    Optional<ClusterStatus> status = cluster().status();
    if (status.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              String.format(
                  Locale.ROOT,
                  "isonorm: No cluster is running (start one with: %s)",
                  folder == null
                      ? ShellLine.isonorm("cluster", "start")
                      : ShellLine.isonorm("cluster", "start", "--folder", folder)));
      return CommandLineInterface.FAILED;
    }
    print(status.get(), json);
    return CommandLineInterface.DONE;
  }

  @Command(
      name = "stop",
      header = "Stops the workers with their executors, and the master.",
      description = "%nExit code 0 also if none runs.%n")
  int stop() throws IOException {
    int stopped = cluster().stop();
    spec.commandLine()
        .getOut()
        .println(
            stopped == 0
                ? "No cluster was running"
                : String.format(Locale.ROOT, "Stopped %d processes", stopped));
    return CommandLineInterface.DONE;
  }

  private LocalCluster cluster() {
    return new LocalCluster(
        folder == null ? Path.of(System.getProperty("user.home"), ".isonorm", "cluster") : folder);
  }

  private static Path sparkHome() {
    String home = System.getenv().getOrDefault("SPARK_HOME", "");
    if (home.isBlank()) {
      throw new IllegalArgumentException(
          "Missing SPARK_HOME, a Spark 3.5 installation (bin/isonorm brings one of its own)");
    }
    return Path.of(home);
  }

  private static Optional<Path> configuration() {
    return Optional.ofNullable(System.getenv("SPARK_CONF_DIR"))
        .map(Path::of)
        .filter(Files::isDirectory);
  }

  private static int machineMebibytes() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return Math.toIntExact(system.getTotalMemorySize() / MEBIBYTE);
  }

  private void print(ClusterStatus status, boolean json) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, status);
      return;
    }
    out.println("master        " + status.master());
    out.println("web UI        " + status.webUi());
    out.println("logs          " + Path.of(status.folder(), "logs"));
    out.println("workers       " + status.liveWorkers());
    out.println(
        String.format(
            Locale.ROOT, "task slots    %d, %d in use", status.cores(), status.coresUsed()));
    out.println(
        String.format(
            Locale.ROOT,
            "memory        %,d MiB for executors, %,d in use",
            status.memoryMebibytes(),
            status.memoryUsedMebibytes()));
    out.println(
        "applications  "
            + (status.applications().isEmpty()
                ? "none"
                : String.join(", ", status.applications())));
  }
}
