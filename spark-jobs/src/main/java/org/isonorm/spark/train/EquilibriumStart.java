package org.isonorm.spark.train;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.tuning.EquilibriumGammas;
import org.isonorm.network.tuning.TuningBatches;
import org.isonorm.spark.config.Checks;
import org.isonorm.spark.config.InitGamma;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.StartGamma;

/**
 * The γ that {@code initialization.init-gamma = equilibrium} and {@code equilibrium-global} stand
 * for.
 *
 * @param measured equilibrium γ by layer
 * @param forAll their geometric mean: of all γ for the whole network the one that is off by the
 *     least squared logarithm. Layers that have no equilibrium take it as well.
 * @param plan how the network starts
 */
record EquilibriumStart(Map<String, Double> measured, double forAll, InitializationPlan plan) {
  /** Batches whose gradients are looked at. */
  static final int BATCHES = 8;

  private static final String KEY = "initialization.init-gamma";

  /** Whether a configuration asks for it. */
  static boolean isAskedFor(IsonormConfig config) {
    return config.initialization().initGamma() instanceof InitGamma.Equilibrium;
  }

  /**
   * Checks that a network and its optimizer have an equilibrium, if a layer is to start at it.
   *
   * @throws IllegalArgumentException in one sentence, if not
   */
  static void check(
      IsonormConfig config, NetworkDefinition definition, OptimizerSettings optimizer) {
    if (!isAskedFor(config) || !readsGamma(plan(config, definition))) {
      return;
    }
    InitGamma asked = config.initialization().initGamma();
    Checks.check(
        !EquilibriumGammas.normalized(definition).isEmpty(),
        KEY,
        asked,
        "must be a number for "
            + definition.name()
            + ": no batch normalization of its own follows any convolution, so that lengths of weights matter");
    Checks.check(
        !EquilibriumGammas.balanced(definition, optimizer).isEmpty(),
        KEY,
        asked,
        "must be a number without weight decay: norms then grow for ever; or set optimizer.weight-decay");
  }

  /**
   * Measures.
   *
   * @param start by the configuration's usual γ
   * @param batches of a step's examples, the whole network's whatever the number of workers
   */
  static EquilibriumStart measure(
      IsonormConfig config,
      NetworkDefinition definition,
      InitializationPlan start,
      OptimizerSettings optimizer,
      TuningBatches batches) {
    Initialization usual = start.initialization();
    Map<String, Double> measured =
        EquilibriumGammas.measure(
            definition, start, config.run().seed(), optimizer, batches, BATCHES);
    InitGamma.Equilibrium asked = (InitGamma.Equilibrium) config.initialization().initGamma();
    Checks.check(
        !measured.isEmpty(),
        KEY,
        asked,
        "must be a number for this start: no gradient reaches a convolution whose length does not"
            + " matter; or another initialization.classifier than "
            + usual.classifierRule());
    double forAll =
        Math.exp(measured.values().stream().mapToDouble(Math::log).average().orElseThrow());
    Initialization chosen = usual.withInitGammas(forAll, asked.global() ? Map.of() : measured);
    return new EquilibriumStart(
        measured, forAll, InitializationPlan.of(Networks.topology(definition), chosen));
  }

  private static InitializationPlan plan(IsonormConfig config, NetworkDefinition definition) {
    return InitializationPlan.of(
        Networks.topology(definition), config.initializationOf(definition));
  }

  /** Whether the start of any layer depends on γ. */
  static boolean readsGamma(InitializationPlan plan) {
    return plan.layers().stream().anyMatch(layer -> layer.initGamma().isPresent());
  }

  /** What came out, for people. */
  String sentence(int batchSize) {
    Collection<Double> gammas = measured.values();
    return String.format(
        Locale.ROOT,
        "Equilibrium init-gamma by the gradients of %d batches of %d: %.4g to %.4g over %d layers, geometric mean %.4g (equilibrium.csv)",
        BATCHES,
        batchSize,
        gammas.stream().mapToDouble(each -> each).min().orElseThrow(),
        gammas.stream().mapToDouble(each -> each).max().orElseThrow(),
        gammas.size(),
        forAll);
  }

  /** equilibrium.csv. */
  String table() {
    List<StartGamma> rows =
        plan.layers().stream()
            .filter(layer -> layer.initGamma().isPresent())
            .map(this::row)
            .toList();
    return StartGamma.TABLE.text(rows);
  }

  private StartGamma row(LayerInitialization layer) {
    Double own = measured.get(layer.layer().name());
    return new StartGamma(
        layer.layer().name(),
        own == null ? OptionalDouble.empty() : OptionalDouble.of(own),
        layer.initGamma().getAsDouble());
  }
}
