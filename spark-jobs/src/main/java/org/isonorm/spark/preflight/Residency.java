package org.isonorm.spark.preflight;

import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.network.util.JavaUtils;
import org.isonorm.data.ingestion.ExampleFile;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;

/**
 * Whether a run's examples stay in its executors' memory or are streamed, and why.
 *
 * @param memory what training takes so
 * @param what it is and how large
 * @param why it is so
 */
public record Residency(boolean streamed, MemoryDemand memory, String what, String why) {
  /** Share of an executor's heap that its Java machine says it has, whatever its collector. */
  private static final double USABLE = .95;

  /**
   * Room of an executor.
   *
   * @param heap the most that its Java heap may take
   * @param storageShare of what Spark leaves of it, for what is kept there
   * @param workers it has at a time
   * @param isDriver whether the driver is in it, too
   */
  public record Room(long heap, double storageShare, int workers, boolean isDriver) {
    /** Of the executors that a session has, for so many workers in all. */
    public static Room of(JavaSparkContext spark, int slots, int workers) {
      SparkConf conf = spark.getConf();
      if (spark.isLocal()) {
        return new Room(
            Runtime.getRuntime().maxMemory(), Preflight.storageShare(conf), workers, true);
      }
      int executors = Math.max(1, Preflight.executors(spark));
      return ofExecutor(
          conf.get(Preflight.HEAP, Preflight.DEFAULT_HEAP),
          Preflight.storageShare(conf),
          Math.min((slots + executors - 1) / executors, workers));
    }

    /**
     * Of an executor by its settings.
     *
     * @param heap as spark.executor.memory has it
     */
    static Room ofExecutor(String heap, double storageShare, int workers) {
      return new Room(
          (long) (USABLE * JavaUtils.byteStringAsBytes(heap)), storageShare, workers, false);
    }

    /** Whether training fits, with what is kept where Spark keeps it. */
    boolean holds(MemoryDemand memory) {
      long driver = isDriver ? memory.driverHeap() - MemoryDemand.SPARK_BYTES : 0;
      return memory.executorHeap(workers) + driver <= heap
          && memory.shard() * workers <= Preflight.storage(heap, storageShare);
    }
  }

  /**
   * As the configuration says; where that is auto, resident if it fits.
   *
   * @param resident what training takes if examples stay in memory
   * @param window of a worker's streams, in bytes
   */
  public static Residency of(DataConfig config, MemoryDemand resident, long window, Room room) {
    return switch (config.residence()) {
      case RESIDENT -> resident(resident, room, "data.residence = resident");
      case STREAMED -> streamed(config, resident, window, room, "data.residence = streamed");
      case AUTO -> {
        if (room.holds(resident)) {
          yield resident(
              resident,
              room,
              String.format(Locale.ROOT, "data.residence = auto: the heap is %s", heap(room)));
        }
        yield streamed(
            config,
            resident,
            window,
            room,
            String.format(
                Locale.ROOT,
                "data.residence = auto: resident they take %s, and the heap is %s",
                Preflight.mebibytes(resident.examples(room.workers())),
                heap(room)));
      }
    };
  }

  /**
   * Of a run that is planned, on executors of one worker each.
   *
   * @param shape of its images
   * @param stored the data set, where it is there already: how large its images are in their files
   * @param examples of an epoch, of all workers together
   * @param batch examples of a worker's local step
   * @param parameters of the network
   */
  public static Residency planned(
      IsonormConfig config,
      ImageShape shape,
      Optional<DatasetManifest> stored,
      long examples,
      int workers,
      int batch,
      long parameters) {
    long example = MemoryDemand.exampleBytes(shape);
    long shard = (examples + workers - 1) / workers;
    long bytes = parameters * Float.BYTES;
    return of(
        config.data(),
        new MemoryDemand(
            bytes,
            bytes * config.optimizer().valuesPerParameter(),
            /* activations= */ 0,
            /* scratch= */ 0,
            shard * example,
            /* shared= */ 0,
            /* window= */ 0,
            /* averages= */ 0,
            /* taskAverages= */ 0),
        MemoryDemand.window(
            config,
            example,
            stored.map(MemoryDemand::storedBytes).orElse(example),
            shard,
            stored.map(DatasetManifest::rowGroupBytes).orElse(ExampleFile.ROW_GROUP_BYTES),
            stored.map(MemoryDemand::largestPart).orElse(examples / IngestOptions.MOST_FILES + 1),
            batch),
        Room.ofExecutor(
            config.spark().properties().getOrDefault(Preflight.HEAP, Preflight.DEFAULT_HEAP),
            Preflight.STORAGE_SHARE,
            /* workers= */ 1));
  }

  /** As a run began, however much memory there is now. */
  public static Residency asBegun(
      boolean streamed, DataConfig config, MemoryDemand resident, long window, Room room) {
    String why = "as the run began";
    return streamed ? streamed(config, resident, window, room, why) : resident(resident, room, why);
  }

  /** In memory, for a reason. */
  public static Residency resident(MemoryDemand memory, Room room, String why) {
    return new Residency(
        false,
        memory,
        String.format(
            Locale.ROOT,
            "resident, %s an executor",
            Preflight.mebibytes(memory.examples(room.workers()))),
        why);
  }

  private static Residency streamed(
      DataConfig config, MemoryDemand resident, long window, Room room, String why) {
    MemoryDemand memory = resident.streaming(window);
    return new Residency(
        true,
        memory,
        String.format(
            Locale.ROOT,
            "streamed in windows of %,d, %s an executor",
            config.shuffleWindow(),
            Preflight.mebibytes(memory.examples(room.workers()))),
        why);
  }

  private static String heap(Room room) {
    return Preflight.mebibytes(room.heap());
  }

  /** All of it, on one line. */
  public String sentence() {
    return String.format(Locale.ROOT, "examples: %s (%s)", what, why);
  }
}
