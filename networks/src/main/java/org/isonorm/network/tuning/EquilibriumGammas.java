package org.isonorm.network.tuning;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Equilibrium;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.WeightMotion;
import org.isonorm.network.definition.FollowingNormalization;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.isonorm.network.step.WeightMotions;

/**
 * The γ of every layer at which the batch-normalization rule starts it with the norm that training
 * takes it to: ‖w_0‖² = 2 Cin/γ by the rule, so γ = 2 Cin/ω² with ω of {@link Equilibrium}, by the
 * gradients of some batches at the start. Behind batch normalization g̃ = ‖w‖·∇L does not depend on
 * the γ it is measured at.
 */
public final class EquilibriumGammas {
  /**
   * ‖g̃‖² below which gradients are rounding, and none in truth: turning such a layer by a radian
   * would change the loss by less than a millionth.
   */
  private static final double LEAST_SQUARED_GRADIENT = 1e-12;

  private EquilibriumGammas() {}

  /**
   * The convolutions whose length is their own: batch normalization follows them before their
   * output is added to others'.
   */
  public static Set<String> normalized(NetworkDefinition definition) {
    FollowingNormalization normalization =
        new FollowingNormalization(Networks.configuration(definition));
    Set<String> layers = new LinkedHashSet<>();
    for (Parameter parameter : Networks.parameters(definition)) {
      if (parameter.kind() == ParameterKind.CONVOLUTION
          && normalization.followsAlone(parameter.layer())) {
        layers.add(parameter.layer());
      }
    }
    return layers;
  }

  /** Those of {@link #normalized} that are trained with weight decay. */
  public static Set<String> balanced(NetworkDefinition definition, OptimizerSettings optimizer) {
    Set<String> layers = new LinkedHashSet<>(normalized(definition));
    layers.removeIf(
        layer ->
            optimizer.frozen().contains(layer, ParameterKind.CONVOLUTION)
                || ParameterRule.learningRateFactor(
                        optimizer.rulesNow(), layer, ParameterKind.CONVOLUTION)
                    == 0
                || ParameterRule.weightDecay(
                        optimizer.rulesNow(),
                        layer,
                        ParameterKind.CONVOLUTION,
                        optimizer.weightDecay())
                    == 0);
    return layers;
  }

  /**
   * γ by layer, in forward order, of all {@link #balanced} layers that read it and that gradients
   * reach.
   *
   * @param plan the start, at any γ
   * @param seed of the start
   * @param optimizer at the learning rate whose equilibrium is meant
   * @param batches what a step sees
   * @param count batches that are looked at
   */
  public static Map<String, Double> measure(
      NetworkDefinition definition,
      InitializationPlan plan,
      long seed,
      OptimizerSettings optimizer,
      TuningBatches batches,
      int count) {
    Set<String> balanced = balanced(definition, optimizer);
    Map<String, Seen> seen = seen(definition, plan, seed, optimizer, batches, count);
    Map<String, Double> gammas = new LinkedHashMap<>();
    for (LayerInitialization layer : plan.layers()) {
      String name = layer.layer().name();
      if (layer.initGamma().isPresent()
          && balanced.contains(name)
          && seen.get(name).squaredGradient() > LEAST_SQUARED_GRADIENT) {
        double drawn = layer.layer().shape().size() * layer.variance();
        gammas.put(
            name,
            layer.initGamma().getAsDouble() * drawn / Math.sqrt(seen.get(name).fourthPower()));
      }
    }
    return gammas;
  }

  /**
   * Means over the batches.
   *
   * @param squaredGradient ‖g̃‖²
   * @param fourthPower ω⁴, which goes with it
   */
  private record Seen(double squaredGradient, double fourthPower) {
    static Seen of(WeightMotion motion, double share) {
      return new Seen(
          share * motion.squaredGradient(), share * Math.pow(motion.equilibriumNorm(), 4));
    }

    Seen plus(Seen other) {
      return new Seen(squaredGradient + other.squaredGradient, fourthPower + other.fourthPower);
    }
  }

  private static Map<String, Seen> seen(
      NetworkDefinition definition,
      InitializationPlan plan,
      long seed,
      OptimizerSettings optimizer,
      TuningBatches batches,
      int count) {
    Map<String, Seen> means = new LinkedHashMap<>();
    ComputationGraph graph = Networks.build(definition);
    GraphInitializer.initialize(graph, plan, seed);
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int number = 0; number < count; number++) {
        TuningBatches.Batch batch = batches.batch(number);
        step.compute(batch.features(), batch.labels());
        Map<String, WeightMotion> motions =
            WeightMotions.of(graph, step.velocity(), optimizer, batch.features().size(0));
        motions.forEach(
            (layer, motion) -> means.merge(layer, Seen.of(motion, 1. / count), Seen::plus));
      }
    } finally {
      GraphMemory.free(graph);
    }
    return means;
  }
}
