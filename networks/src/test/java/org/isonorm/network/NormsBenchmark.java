package org.isonorm.network;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.isonorm.network.step.WeightMotions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@code training.norms-every-rounds} adds: a measurement of norms and motions, beside a
 * training step of the same batch of 128 images.
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="NormsBenchmark"
 * </pre>
 *
 * <p>Or, of processor time, which other work on the machine changes little, {@link #main}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 10)
@Measurement(iterations = 20)
@Fork(1)
public class NormsBenchmark {
  private static final int BATCH = 128;
  private static final OptimizerSettings OPTIMIZER = OptimizerSettings.nesterov(.01, .9, 2e-4);

  @Param({"resnet-20", "vgg-11"})
  private String network;

  private ComputationGraph graph;
  private TrainingStep training;
  private NormProbe probe;
  private RandomBatch batch;

  @Setup
  public void prepare() {
    NetworkDefinition definition = NetworkDefinition.of(network);
    graph = SmallNetworks.initialized(definition, 1);
    training = TrainingStep.of(graph);
    batch = RandomBatch.of(definition, BATCH, 1);
    probe = NormProbe.of(graph, batch.features().shape());
  }

  @TearDown
  public void close() {
    training.close();
    probe.close();
  }

  @Benchmark
  public double step() {
    double loss = training.compute(batch.features(), batch.labels());
    training.update(OPTIMIZER);
    return loss;
  }

  @Benchmark
  public Map<String, WeightMotion> measurement() {
    probe.measure(batch.features(), batch.labels());
    return WeightMotions.of(graph, training.velocity(), OPTIMIZER, BATCH);
  }

  /**
   * Prints the processor time of both, medians of alternating calls on one thread (OMP_NUM_THREADS
   * = 1).
   *
   * @param args networks
   */
  public static void main(String[] args) {
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    for (String name : args) {
      NormsBenchmark both = new NormsBenchmark();
      both.network = name;
      both.prepare();
      int warm = 10;
      int calls = 21;
      double[] steps = new double[calls];
      double[] measurements = new double[calls];
      for (int i = -warm; i < calls; i++) {
        long start = thread.getCurrentThreadCpuTime();
        both.step();
        long middle = thread.getCurrentThreadCpuTime();
        both.measurement();
        long end = thread.getCurrentThreadCpuTime();
        if (i >= 0) {
          steps[i] = (middle - start) / 1e6;
          measurements[i] = (end - middle) / 1e6;
        }
      }
      Arrays.sort(steps);
      Arrays.sort(measurements);
      System.out.println(
          String.format(
              Locale.ROOT,
              "%s: step %.1f ms, measurement %.1f ms, %.2f of a step: %.1f %% at every 50 steps",
              name,
              steps[calls / 2],
              measurements[calls / 2],
              measurements[calls / 2] / steps[calls / 2],
              2 * measurements[calls / 2] / steps[calls / 2]));
      both.close();
    }
  }
}
