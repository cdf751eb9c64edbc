package org.isonorm.spark.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process of a cluster, as it is remembered between commands.
 *
 * @param role master, or worker and its number
 * @param pid its number
 * @param startedMillis when it started: numbers are used again
 */
record ClusterProcess(String role, long pid, long startedMillis) {
  static ClusterProcess of(String role, ProcessHandle process) {
    return new ClusterProcess(role, process.pid(), started(process));
  }

  /** The process, if the system still knows it. */
  Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(process -> process.isAlive() && started(process) == startedMillis);
  }

  boolean runs() {
    return handle().filter(process -> !isZombie(process)).isPresent();
  }

  /** Whether it has ended and somebody took note. */
  boolean isGone() {
    return handle().isEmpty();
  }

  /**
   * Whether it has ended and nobody took note, as in containers whose first process cares for no
   * other: Java holds it to be alive.
   */
  private static boolean isZombie(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return false; // Only Linux says it there.
    }
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(instant -> instant.toEpochMilli()).orElse(0L);
  }
}
