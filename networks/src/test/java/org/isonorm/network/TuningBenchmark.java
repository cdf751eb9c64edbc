package org.isonorm.network;

import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.LossGradient;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.GraphTensors;
import org.isonorm.network.tuning.GraphGradients;
import org.isonorm.network.tuning.TuningBatches;
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
 * What the tuned methods ask for: a gradient on a batch of 128 images, a product with the Hessian
 * in float32 (GradInit's and MetaInit's) and one in float64 (of which MetaInit takes two a step).
 *
 * <pre>
 * mvn -q -P cpu,jmh -pl networks -am verify -DskipTests -Djmh.args="TuningBenchmark"
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4)
@Measurement(iterations = 5)
@Fork(1)
public class TuningBenchmark {
  private static final int BATCH = 128;

  @Param({"resnet-20", "resnet-110", "vgg-19"})
  private String network;

  private GraphGradients oracle;
  private double[][] parameters;
  private double[][] gradient;

  @Setup
  public void prepare() {
    NetworkDefinition definition = NetworkDefinition.of(network);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    oracle = GraphGradients.of(graph, TuningBatches.gaussian(definition, BATCH, 1));
    parameters = GraphTensors.of(graph).values(graph);
    gradient = oracle.evaluateOnce(parameters, 0).gradient();
  }

  @TearDown
  public void close() {
    oracle.close();
  }

  @Benchmark
  public LossGradient gradient() {
    return oracle.evaluateOnce(parameters, 0);
  }

  @Benchmark
  public double[][] hessianProduct() {
    return oracle.hessianProduct(parameters, gradient, 0);
  }

  @Benchmark
  public double[][] exactHessianProduct() {
    return oracle.exactHessianProduct(parameters, gradient, 0);
  }
}
