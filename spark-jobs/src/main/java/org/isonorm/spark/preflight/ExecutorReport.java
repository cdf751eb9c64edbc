package org.isonorm.spark.preflight;

import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.nd4j.linalg.factory.Nd4j;
import scala.util.Properties;

/**
 * What an executor says of itself before training. Created on executors; serialized to the driver.
 *
 * @param executor its name in Spark
 * @param host where it runs
 * @param heapBytes the most that its Java heap may take
 * @param machineBytes memory of its machine or container
 * @param cores processors it sees
 * @param spark version
 * @param scala version
 * @param java version
 * @param kernels those its layers compute with
 * @param backend ND4J's
 * @param devices GPUs it sees, 0 on a CPU backend
 * @param assignedGpus GPUs that Spark assigned to a task of it
 * @param user who owns its process
 * @param dataProblem why it cannot read the data sets; empty text if it can
 */
record ExecutorReport(
    String executor,
    String host,
    long heapBytes,
    long machineBytes,
    int cores,
    String spark,
    String scala,
    String java,
    String kernels,
    String backend,
    int devices,
    int assignedGpus,
    String user,
    String dataProblem)
    implements Serializable {

  /** The report of the process that runs the calling task. */
  static ExecutorReport ofTask(DataAccess data) {
    ResourceInformation gpus = TaskContext.get().resourcesJMap().get("gpu");
    SparkEnv env = SparkEnv.get();
    return here(
        env.executorId(),
        env.blockManager().blockManagerId().host(),
        gpus == null ? 0 : gpus.addresses().length,
        data.problem());
  }

  /** The report of this process. */
  static ExecutorReport here(String executor, String host, int assignedGpus, String dataProblem) {
    boolean cpu = Nd4j.getEnvironment().isCPU();
    return new ExecutorReport(
        executor,
        host,
        Runtime.getRuntime().maxMemory(),
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : Long.MAX_VALUE,
        Runtime.getRuntime().availableProcessors(),
        org.apache.spark.package$.MODULE$.SPARK_VERSION(),
        Properties.versionNumberString(),
        Runtime.version().toString(),
        KernelProvider.kernels().name(),
        Nd4j.getBackend().getClass().getSimpleName(),
        cpu ? 0 : Nd4j.getAffinityManager().getNumberOfDevices(),
        assignedGpus,
        System.getProperty("user.name"),
        dataProblem);
  }

  /** The versions that driver and executors must share, and Java's. */
  String versions() {
    return String.format(Locale.ROOT, "Spark %s, Scala %s, Java %s", spark, scala, java);
  }

  /** The first number of Java's version: 17. */
  int javaFeature() {
    return Runtime.Version.parse(java).feature();
  }
}
