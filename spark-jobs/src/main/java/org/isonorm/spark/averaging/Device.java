package org.isonorm.spark.averaging;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where a replica computes. Spark assigns a task its GPU by address; ND4J counts the devices that
 * the process sees. Lives on executors.
 *
 * @param index of ND4J's device
 * @param label for people: cpu, or gpu and its address
 */
public record Device(int index, String label) {
  private static final String GPU = "gpu";
  private static final Device CPU = new Device(0, "cpu");

  /** The device of the task that calls. */
  public static Device ofTask() {
    TaskContext task = TaskContext.get();
    ResourceInformation gpus = task == null ? null : task.resourcesJMap().get(GPU);
    return of(
        gpus == null ? List.of() : List.of(gpus.addresses()),
        Nd4j.getEnvironment().isCPU(),
        Nd4j.getAffinityManager().getNumberOfDevices());
  }

  /**
   * The device of a task.
   *
   * @param addresses of the GPUs that Spark assigned to it
   * @param cpu whether ND4J computes on the CPU
   * @param visible devices that this process sees
   * @throws IllegalStateException in one sentence with the remedy, if they do not fit
   */
  static Device of(List<String> addresses, boolean cpu, int visible) {
    if (addresses.isEmpty()) {
      return cpu ? CPU : new Device(0, "gpu 0 (none assigned)");
    }
    String address = addresses.get(0);
    if (addresses.size() > 1) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot use %d GPUs for one worker: %s (set spark.task.resource.gpu.amount to 1)",
              addresses.size(),
              addresses));
    }
    if (cpu) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compute on GPU %s: this jar computes on the CPU (build it with -Pcuda, or leave out spark.task.resource.gpu.amount)",
              address));
    }
    // A container that sees its own GPU alone counts it from 0, whatever its address.
    int index = visible == 1 ? 0 : index(address);
    if (index >= visible) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compute on GPU %s: this process sees %d (let the discovery script print addresses from 0)",
              address,
              visible));
    }
    return new Device(index, "gpu " + address);
  }

  private static int index(String address) {
    try {
      return Integer.parseUnsignedInt(address);
    } catch (NumberFormatException e) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compute on GPU %s: its address is not a number (let the discovery script print indices)",
              address),
          e);
    }
  }

  /** Makes the calling thread's arrays and operations those of this device. */
  public void use() {
    Nd4j.getAffinityManager().unsafeSetDevice(index);
  }

  /** The name of this machine, for logs. */
  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
