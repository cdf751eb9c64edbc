package org.isonorm.spark.cluster;

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

  /** The process, if it still runs. */
  Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(process -> process.isAlive() && started(process) == startedMillis);
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(instant -> instant.toEpochMilli()).orElse(0L);
  }
}
