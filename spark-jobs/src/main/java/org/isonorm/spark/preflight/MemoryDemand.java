package org.isonorm.spark.preflight;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.Split;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.kernel.Precision;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.TrainingData;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory that training takes, in bytes.
 *
 * @param parameters of one copy of the network's parameters
 * @param state of them and what the optimizer keeps beside them: the velocity, and AdamW's second
 *     moments
 * @param activations of a worker's arrays between the layers; the memory plan needs .77 to 1 times
 *     as much (ResNet-8 to WRN-28-10, DenseNet-100, VGG-19)
 * @param scratch of a worker's kernels while they run
 * @param shard of the examples that a worker keeps
 * @param shared of the examples that an executor keeps for all its workers
 * @param window of the examples that a worker has of a stream at a time
 * @param averages of the driver's averages of the parameters over the steps
 * @param taskAverages of those of a run in one task
 */
public record MemoryDemand(
    long parameters,
    long state,
    long activations,
    long scratch,
    long shard,
    long shared,
    long window,
    long averages,
    long taskAverages) {
  /** Of nothing. */
  public static final MemoryDemand NONE = new MemoryDemand(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Winograd's convolutions spread nine taps to 36 values, beside a copy of the taps. */
  private static final int SPREAD = (36 + 9) / 9;

  /** What they keep of images on their way, up to 640 channels on two threads. */
  private static final long BLOCKS = 64L << 20;

  /** Axes of a convolution's weights. */
  private static final int IMAGE_RANK = 4;

  /** Label and index of an example. */
  private static final int LABEL_BYTES = Integer.BYTES + Long.BYTES;

  /** Windows of a stream that are in memory: the one to take from, and the next. */
  private static final int WINDOWS = 2;

  /** Row groups beside them: being read, and two of the examples that are evaluated. */
  private static final int ROW_GROUPS = 3;

  /** Batches of decoded images, in training as in evaluation: being filled, and being decoded. */
  private static final int BATCHES = 2;

  /** Copies of the state on the driver: as sent, in pieces, the sum, and a result on its way. */
  private static final int DRIVER_STATES = 4;

  /** Averages over the steps on the driver: before a round and after it, or a result's two. */
  private static final int DRIVER_AVERAGES = 2;

  /** Those of a task: the best, before a step, after it, and the parameters that go into it. */
  private static final int TASK_AVERAGES = 4;

  /** What Spark keeps of a heap for itself. */
  static final long SPARK_BYTES = 300L << 20;

  /** Of a run whose workers keep a shard each. */
  public static MemoryDemand ofAveraging(
      IsonormConfig config, NetworkDefinition definition, TrainingData data) {
    long all = data.training().size() + Math.max(data.validation().size(), data.test().size());
    long shard = all * exampleBytes(data) / config.averaging().workers();
    return of(config, definition, config.workerBatchSize(), shard, 0, 0);
  }

  /** Of runs in one task each; those of one executor share the examples. */
  public static MemoryDemand ofTrial(
      IsonormConfig config, NetworkDefinition definition, TrainingData data) {
    long all = data.training().size() + data.validation().size();
    return of(
        config,
        definition,
        config.training().globalBatchSize(),
        0,
        all * exampleBytes(data),
        TASK_AVERAGES);
  }

  private static MemoryDemand of(
      IsonormConfig config,
      NetworkDefinition definition,
      int batch,
      long shard,
      long shared,
      int taskAverages) {
    ComputationGraph graph = Networks.build(definition);
    try {
      long elements =
          graph
              .getConfiguration()
              .getLayerActivationTypes(
                  true,
                  InputType.convolutional(
                      definition.imageHeight(),
                      definition.imageWidth(),
                      definition.imageChannels(),
                      CNN2DFormat.NHWC))
              .values()
              .stream()
              .mapToLong(InputType::arrayElementsPerExample)
              .sum();
      int bytes = Precision.parse(config.training().precision()) == Precision.FLOAT32 ? 4 : 2;
      long weights =
          graph.paramTable().values().stream()
              .filter(parameter -> parameter.rank() == IMAGE_RANK)
              .mapToLong(INDArray::length)
              .max()
              .orElse(0);
      long parameters = graph.numParams() * Float.BYTES;
      long average = config.optimizer().averagesSteps() ? parameters : 0;
      return new MemoryDemand(
          parameters,
          parameters * config.optimizer().valuesPerParameter(),
          elements * batch * bytes,
          SPREAD * weights * Float.BYTES + BLOCKS,
          shard,
          shared,
          /* window= */ 0,
          DRIVER_AVERAGES * average,
          taskAverages * average);
    } finally {
      GraphMemory.free(graph);
    }
  }

  private static long exampleBytes(TrainingData data) {
    return exampleBytes(data.manifest().shape());
  }

  static long exampleBytes(ImageShape stored) {
    return (long) stored.size() + LABEL_BYTES;
  }

  /**
   * What a worker has of streams of its examples at a time.
   *
   * @param workers that share the training examples
   */
  public static long window(IsonormConfig config, TrainingData data, int workers) {
    long shard = (data.training().size() + workers - 1) / workers;
    return window(
        config,
        exampleBytes(data),
        storedBytes(data.manifest()),
        shard,
        data.manifest().rowGroupBytes(),
        largestPart(data.manifest()),
        config.training().globalBatchSize() / workers);
  }

  /**
   * The same of examples that are yet to come.
   *
   * @param example bytes of one, decoded
   * @param stored bytes of one in its file, in the mean
   * @param shard examples of a worker
   * @param rowGroup bytes of a row group
   * @param part the most examples of a file
   * @param batch examples of a worker's local step
   */
  static long window(
      IsonormConfig config,
      long example,
      long stored,
      long shard,
      long rowGroup,
      long part,
      int batch) {
    long group = Math.max(rowGroup, DatasetManifest.LEAST_GROUP * stored);
    long one = config.data().shuffleWindow() * stored + group;
    long images = batch + (long) config.training().evaluationBatchSize();
    return WINDOWS * Math.min(one, shard * stored)
        + ROW_GROUPS * Math.min(group, part * stored)
        + BATCHES * images * example;
  }

  /** Bytes of an example in its file, in the mean. */
  static long storedBytes(DatasetManifest manifest) {
    return manifest.imageBytes() + LABEL_BYTES;
  }

  /** The most examples of a file. */
  static long largestPart(DatasetManifest manifest) {
    return Arrays.stream(Split.values())
        .flatMap(split -> manifest.split(split).files().stream())
        .mapToLong(PartFile::rows)
        .max()
        .orElse(0);
  }

  /** The same with a stream in place of examples that stay in memory. */
  MemoryDemand streaming(long bytes) {
    return new MemoryDemand(
        parameters, state, activations, scratch, 0, 0, bytes, averages, taskAverages);
  }

  /** Enough for either. */
  public MemoryDemand or(MemoryDemand other) {
    return new MemoryDemand(
        Math.max(parameters, other.parameters),
        Math.max(state, other.state),
        Math.max(activations, other.activations),
        Math.max(scratch, other.scratch),
        Math.max(shard, other.shard),
        Math.max(shared, other.shared),
        Math.max(window, other.window),
        Math.max(averages, other.averages),
        Math.max(taskAverages, other.taskAverages));
  }

  /** Examples that an executor of so many workers keeps in its heap. */
  long examples(int workers) {
    return (shard + window) * workers + shared;
  }

  /**
   * The states that pass through an executor's heap: what is sent, and a result a worker with its
   * averages.
   */
  long states(int workers) {
    return state * (1 + workers) + taskAverages * workers;
  }

  /** Heap of an executor of so many workers. */
  long executorHeap(int workers) {
    return SPARK_BYTES + examples(workers) + states(workers);
  }

  /** Heap of the driver. */
  long driverHeap() {
    return SPARK_BYTES + DRIVER_STATES * state + averages;
  }

  /**
   * Arrays outside the heap of an executor of so many workers: state, gradient (as large as the
   * parameters), activations, scratch.
   */
  long arrays(int workers) {
    return workers * (state + parameters + activations + scratch);
  }
}
