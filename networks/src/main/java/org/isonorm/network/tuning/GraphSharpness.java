package org.isonorm.network.tuning;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.SeedStream;
import org.isonorm.init.Sharpness;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.graph.GraphTensors;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerSettings;

/** How sharp the loss of a network is where it starts. */
public final class GraphSharpness {
  private GraphSharpness() {}

  /**
   * The sharpness of the loss on one batch, without weight decay, where every batch normalization
   * takes the batch's statistics: no layer is frozen.
   *
   * @param plan the start
   * @param seed of the start
   * @param optimizer whose rules say which parameters take what share of the rate
   * @param batches of which the first is looked at
   * @param products with the Hessian at most
   */
  public static Sharpness measure(
      NetworkDefinition definition,
      InitializationPlan plan,
      long seed,
      OptimizerSettings optimizer,
      TuningBatches batches,
      int products) {
    ComputationGraph graph = Networks.build(definition);
    GraphInitializer.initialize(graph, plan, seed);
    GraphTensors tensors = GraphTensors.of(graph);
    try (GraphGradients oracle = GraphGradients.of(graph, batches)) {
      return Sharpness.of(
          oracle,
          tensors.values(graph),
          rateFactors(graph, tensors, optimizer),
          SeedStream.of(seed).named("sharpness").generator(),
          products,
          0);
    } finally {
      GraphMemory.free(graph);
    }
  }

  private static double[] rateFactors(
      ComputationGraph graph, GraphTensors tensors, OptimizerSettings optimizer) {
    List<Parameter> parameters = ParameterLayout.of(graph).parameters();
    Map<Long, Double> factors = new HashMap<>();
    for (Parameter each : parameters) {
      factors.put(
          each.from(),
          ParameterRule.learningRateFactor(optimizer.rulesNow(), each.layer(), each.kind()));
    }
    return tensors.all().stream().mapToDouble(each -> factors.get(each.from())).toArray();
  }
}
