package org.isonorm.network.step;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Equilibrium;
import org.isonorm.init.Equilibrium.Averaging;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.definition.FollowingNormalization;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerMethod.Sgd;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** How the next step would move the weights of every layer of a graph. */
public final class WeightMotions {
  private WeightMotions() {}

  /**
   * The motion of every layer with weights, by name in the order of the flat vector. Gradients are
   * not clipped.
   *
   * @param graph whose flattened gradients hold the sums over a batch, as {@link
   *     org.isonorm.network.graph.NormProbe} and {@link TrainingStep#compute} leave them
   * @param velocity V, laid out as the parameters
   * @param optimizer of the step; a learning rate of 0 and frozen layers move nothing and give no
   *     motions, nor do steps of another method than SGD, of which the equilibrium is
   * @param examples of the batch
   */
  public static Map<String, WeightMotion> of(
      ComputationGraph graph, INDArray velocity, OptimizerSettings optimizer, long examples) {
    return of(graph, velocity, optimizer, examples, Averaging.NONE);
  }

  /**
   * The motion of every layer of an average of workers' weights; else as above.
   *
   * @param averaging between workers who share a batch of so many examples
   */
  public static Map<String, WeightMotion> of(
      ComputationGraph graph,
      INDArray velocity,
      OptimizerSettings optimizer,
      long examples,
      Averaging averaging) {
    if (!(optimizer.method() instanceof Sgd sgd)) {
      return Map.of();
    }
    FollowingNormalization normalization = new FollowingNormalization(graph.getConfiguration());
    Map<String, WeightMotion> motions = new LinkedHashMap<>();
    for (Parameter parameter : weights(graph)) {
      String layer = parameter.layer();
      if (optimizer.frozen().contains(layer, parameter.kind())) {
        continue;
      }
      double rate =
          optimizer.learningRate()
              * ParameterRule.learningRateFactor(optimizer.rulesNow(), layer, parameter.kind());
      if (rate == 0) {
        continue;
      }
      float[] gradient = values(graph.getFlattenedGradients(), parameter);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= examples;
      }
      motions.put(
          layer,
          WeightMotion.of(
              values(graph.params(), parameter),
              gradient,
              values(velocity, parameter),
              // A classifier's classes are no filters.
              parameter.kind() == ParameterKind.CLASSIFIER ? 1 : parameter.units(),
              normalization.followsAlone(layer),
              new Equilibrium(
                  rate,
                  optimizer.decayFactor()
                      * ParameterRule.weightDecay(
                          optimizer.rulesNow(), layer, parameter.kind(), optimizer.weightDecay()),
                  sgd.momentum(),
                  sgd.nesterov()),
              averaging));
    }
    return motions;
  }

  /**
   * The angle in radians by which the weights of every layer have turned, by name in the order of
   * the flat vector.
   *
   * @param before parameters that a graph had, laid out as its own
   */
  public static Map<String, Double> rotations(ComputationGraph graph, INDArray before) {
    Map<String, Double> rotations = new LinkedHashMap<>();
    for (Parameter parameter : weights(graph)) {
      rotations.put(
          parameter.layer(),
          WeightMotion.angle(values(before, parameter), values(graph.params(), parameter)));
    }
    return rotations;
  }

  private static List<Parameter> weights(ComputationGraph graph) {
    return ParameterLayout.of(graph).parameters().stream()
        .filter(parameter -> parameter.kind().group() == Group.WEIGHTS)
        .toList();
  }

  private static float[] values(INDArray vector, Parameter parameter) {
    try (INDArray part =
        vector
            .reshape(vector.length())
            .get(NDArrayIndex.interval(parameter.from(), parameter.to()))
            .dup('c')) {
      return part.data().asFloat();
    }
  }
}
