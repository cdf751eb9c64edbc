package org.isonorm.spark.cluster;

import java.util.List;

/**
 * What a running cluster says of itself.
 *
 * @param master its URL, for {@code --master}
 * @param webUi where its master shows workers and applications
 * @param folder where its logs and its workers' folders are
 * @param liveWorkers workers that have registered
 * @param cores task slots of all workers
 * @param coresUsed those taken by applications
 * @param memoryMebibytes memory for executors on all workers, in MiB
 * @param memoryUsedMebibytes that taken by applications, in MiB
 * @param applications names of the applications that run
 */
public record ClusterStatus(
    String master,
    String webUi,
    String folder,
    int liveWorkers,
    int cores,
    int coresUsed,
    long memoryMebibytes,
    long memoryUsedMebibytes,
    List<String> applications) {
  public ClusterStatus {
    applications = List.copyOf(applications);
  }
}
