package org.isonorm.spark.averaging;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.TrainingStep;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.jobs.FailedWork;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.EvaluationCounts;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.SamplePredictions;
import org.isonorm.spark.run.WireState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A worker's copy of the network, kept on its executor between rounds.
 *
 * <p>All state that matters comes with the round's broadcast, so a replica may be lost, rebuilt
 * elsewhere or used by a repeated task without any trace in the result. Each has one thread of its
 * own for the arithmetic, because ND4J's workspaces and OpenMP's thread teams belong to the thread
 * that made them while Spark's task threads change from round to round, and one for preparing the
 * next batch.
 */
public final class Replica {
  private static final Logger log = LoggerFactory.getLogger(Replica.class);
  private static final Map<Key, Replica> REPLICAS = new ConcurrentHashMap<>();

  private record Key(String run, int worker) {}

  /** A batch being prepared, and whose it is. */
  private record Prefetched(int epoch, int step, Future<Batch> batch) {}

  private final ReplicaSettings settings;
  private final int worker;
  private final ExecutorService arithmetic;
  private final ExecutorService input;
  private TrainingStep step;
  private ComputationGraph inferred;
  private Inference inference;
  private Prefetched prefetched;

  private Replica(ReplicaSettings settings, int worker) {
    this.settings = settings;
    this.worker = worker;
    Device device = Device.ofTask();
    this.arithmetic = thread("isonorm-worker-" + worker, device);
    this.input = thread("isonorm-input-" + worker, device);
    arithmetic.execute(
        () ->
            log.info(
                "Made a replica on {}: {}, {} kernels",
                Device.host(),
                Plural.of(settings.threads(), "thread"),
                KernelProvider.kernels().name()));
  }

  /** The replica of a worker on this executor, built on first use. */
  public static Replica of(ReplicaSettings settings, int worker) {
    return REPLICAS.computeIfAbsent(
        new Key(settings.run(), worker), key -> new Replica(settings, worker));
  }

  /** Drops a run's replicas from this executor. */
  public static void release(String run) {
    for (Map.Entry<Key, Replica> entry : REPLICAS.entrySet()) {
      // Several tasks of one executor may be here at once; one of them closes.
      if (entry.getKey().run().equals(run) && REPLICAS.remove(entry.getKey(), entry.getValue())) {
        entry.getValue().close();
      }
    }
  }

  /** Takes the local steps of a round from the state given. */
  public WorkerUpdate train(WireState state, Round round, WorkerBatches batches) {
    return call(() -> localSteps(state.open(), round, batches));
  }

  /** Counts how the parameters given classify the examples. */
  public EvaluationCounts evaluate(byte[] parameters, EvaluationBatches batches) {
    return evaluate(parameters, batches, 0, TestTimeAugmentation.NONE).plain();
  }

  /**
   * The same, with at most so many right and wrong examples to look at each, and with what an
   * augmentation makes of it.
   */
  EvaluatedCounts evaluate(
      byte[] parameters,
      EvaluationBatches batches,
      int samples,
      TestTimeAugmentation augmentation) {
    return call(
        () -> {
          buildInference();
          FlatParameters.copyFrom(parameters, inferred.params());
          inference.refresh();
          EvaluatedCounts counts = EvaluatedCounts.none(batches.classes(), samples);
          for (int from = 0; from < batches.examples(); from += batches.batchSize()) {
            count(batches, from, augmentation, counts);
          }
          return counts;
        });
  }

  private void count(
      EvaluationBatches batches,
      int from,
      TestTimeAugmentation augmentation,
      EvaluatedCounts counts) {
    EvaluationBatches.Batch batch = batches.batch(from);
    int[] labels = batch.labels();
    IntFunction<SamplePredictions.Picture> pictures = batch::picture;
    try (INDArray features = batch.features();
        INDArray logits = inference.logits(features);
        INDArray probabilities = Transforms.softmax(logits, true)) {
      counts.plain().add(probabilities, labels, pictures);
      if (augmentation == TestTimeAugmentation.NONE) {
        return;
      }
      INDArray mean = AugmentedLogits.of(augmentation, inference, features, logits);
      counts.augmented().add(Transforms.softmax(mean, false), labels, pictures);
    }
  }

  private WorkerUpdate localSteps(ModelState state, Round round, WorkerBatches batches) {
    load(state);
    byte[] average = state.average();
    int examples = 0;
    double lossSum = 0;
    long correct = 0;
    double computeSeconds = 0;
    double inputSeconds = 0;
    int last = Math.min(round.firstStep() + round.steps(), batches.steps());
    for (int s = round.firstStep(); s < last; s++) {
      long start = System.nanoTime();
      try (Batch batch = take(batches, round.epoch(), s)) {
        long ready = System.nanoTime();
        double learningRate = round.learningRates()[s - round.firstStep()];
        double loss = step.compute(batch.features(), batch.labels(), batch.mix(), batch.dropout());
        // Not a number is not below any bound either.
        if (!(loss <= settings.lossBound())) {
          return diverged("the loss is " + loss + bound(loss), s, round);
        }
        step.update(
            settings
                .optimizer()
                .atStep(round.firstStepOfRun() + s - round.firstStep() + 1, learningRate));
        long stepsDone = (long) round.epoch() * batches.steps() + s + 1;
        average =
            settings
                .slowWeights()
                .next(average, () -> FlatParameters.toBytes(step.parameters()), 1, stepsDone);
        if (settings.slowWeights().areTrainedOn(1, stepsDone)) {
          FlatParameters.copyFrom(average, step.parameters());
        }
        examples += batch.examples();
        lossSum += loss * batch.examples();
        correct += step.correct();
        computeSeconds += (System.nanoTime() - ready) / 1e9;
        inputSeconds += (ready - start) / 1e9;
      }
    }
    if (examples == 0) {
      return new WorkerUpdate.Exhausted(worker);
    }
    ModelState result =
        new ModelState(
            FlatParameters.toBytes(step.parameters()),
            FlatParameters.toBytes(step.velocity()),
            state.secondMoments() == null ? null : FlatParameters.toBytes(step.secondMoments()),
            average);
    OptionalDouble parameter = FloatBytes.firstNonFinite(result.parameters());
    if (parameter.isPresent()) {
      return diverged("the value of a parameter is " + parameter.getAsDouble(), last - 1, round);
    }
    return new WorkerUpdate.Trained(
        worker,
        examples,
        settings.exchange().toDriver(state, result, round.number(), worker),
        lossSum,
        correct,
        computeSeconds,
        inputSeconds);
  }

  private void load(ModelState state) {
    build();
    FlatParameters.copyFrom(state.parameters(), step.parameters());
    FlatParameters.copyFrom(state.velocity(), step.velocity());
    if (state.secondMoments() != null) {
      FlatParameters.copyFrom(state.secondMoments(), step.secondMoments());
    }
  }

  private void build() {
    if (step == null) {
      step = TrainingStep.of(graph(), settings.precision(), settings.optimizer().frozen());
    }
  }

  private void buildInference() {
    if (inference == null) {
      inferred = graph();
      inference = Inference.of(inferred);
    }
  }

  private ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(ComputationGraphConfiguration.fromJson(settings.graph()));
    graph.init();
    useThreads(settings.threads());
    return graph;
  }

  /** Lets kernels use so many threads. Holds for this thread alone; ND4J must have been loaded. */
  public static void useThreads(int threads) {
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
  }

  /** The batch of a step; starts preparing the one after it. */
  private Batch take(WorkerBatches batches, int epoch, int s) {
    Future<Batch> batch;
    if (prefetched != null && prefetched.epoch() == epoch && prefetched.step() == s) {
      batch = prefetched.batch();
    } else {
      dropPrefetched();
      batch = input.submit(() -> batches.batch(epoch, s));
    }
    boolean lastOfEpoch = s + 1 >= batches.steps();
    int nextEpoch = lastOfEpoch ? epoch + 1 : epoch;
    int nextStep = lastOfEpoch ? 0 : s + 1;
    prefetched =
        new Prefetched(nextEpoch, nextStep, input.submit(() -> batches.batch(nextEpoch, nextStep)));
    return await(batch);
  }

  private void dropPrefetched() {
    if (prefetched == null) {
      return;
    }
    Future<Batch> unwanted = prefetched.batch();
    prefetched = null;
    try {
      unwanted.get().close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      // Whoever wants the batch will meet the error itself.
      log.debug("A batch that is not wanted could not be prepared", e);
    }
  }

  private String bound(double loss) {
    return Double.isFinite(loss)
        ? String.format(Locale.ROOT, " (more than training.loss-bound = %s)", settings.lossBound())
        : "";
  }

  private WorkerUpdate diverged(String what, int s, Round round) {
    double learningRate = round.learningRates()[s - round.firstStep()];
    return new WorkerUpdate.Diverged(
        worker, new Divergence(what, round.epoch() + 1, s + 1L, learningRate, worker));
  }

  private <T> T call(Callable<T> work) {
    return await(arithmetic.submit(work));
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      // Spark kills a task by interrupting it; the replica's own work ends at its next batch.
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new CancellationException("Interrupted while a replica was working");
    } catch (ExecutionException e) {
      throw FailedWork.of(e);
    }
  }

  /** A thread that computes on a device and whose log lines name run, worker and device. */
  private ExecutorService thread(String name, Device device) {
    String speaker =
        String.format(
            Locale.ROOT, "run %s worker %d device %s", settings.run(), worker, device.label());
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread =
              new Thread(
                  () -> {
                    MDC.put("isonorm", speaker);
                    device.use();
                    work.run();
                  },
                  name);
          thread.setDaemon(true);
          return thread;
        });
  }

  private void close() {
    arithmetic.execute(
        () -> {
          dropPrefetched();
          input.shutdown();
          if (step != null) {
            step.close();
            step = null;
          }
          if (inference != null) {
            inference.close();
            inference = null;
          }
          // They belong to this thread, which ends.
          GraphMemory.freeWorkspaces();
        });
    arithmetic.shutdown();
  }
}
