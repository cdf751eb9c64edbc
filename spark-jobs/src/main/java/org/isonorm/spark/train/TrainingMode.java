package org.isonorm.spark.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.spark.config.AveragingConfig.Engine;
import org.isonorm.spark.config.DataConfig.Residence;
import org.isonorm.spark.config.IsonormConfig;

/**
 * Who carries out a run's rounds, and which keys of the configuration it does not honour: those are
 * refused at any value but their default, or are listed as meaningless with the reason. Every other
 * key has its effect.
 */
enum TrainingMode {
  /** This project's training master on a cluster. */
  AVERAGED(Map.of(), Map.of()),

  /** DL4J's own training master on a cluster. */
  STOCK(stockRefuses(), stockIgnores()),

  /** One worker in one Spark task. */
  TASK(
      taskRefuses(),
      Map.of(
          "averaging.workers", "a task has one worker, at the global batch size",
          "averaging.frequency", "one worker's average is its own result",
          "averaging.aggregation-group", "there is nothing to add up",
          "averaging.round-timeout-seconds", "the task is the run, and may take as long"));

  /** Keys read by no run, of whatever mode. */
  private static final Map<String, String> NEVER =
      Map.of("grid.", "read by isonorm grid alone", "spark.", "read where the session is made");

  private static final String ISONORM_ENGINE = "use averaging.engine = isonorm";
  private static final String DATA_PARALLEL = "use grid.mode = data-parallel";

  /** Read once, when the first configuration is checked. */
  private static final class Defaults {
    static final Map<String, String> VALUES =
        IsonormConfig.load(Optional.empty(), List.of()).values();
  }

  private final Map<String, String> refused;
  private final Map<String, String> meaningless;

  TrainingMode(Map<String, String> refused, Map<String, String> meaningless) {
    this.refused = refused;
    this.meaningless = meaningless;
  }

  private static Map<String, String> stockRefuses() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("optimizer.method", "its updater is DL4J's Nesterovs");
    keys.put("optimizer.decay-schedule", "DL4J's updater has one weight decay");
    keys.put("optimizer.fixed-norm", "its step is DL4J's own");
    keys.put("optimizer.nesterov", "DL4J's updater has no other momentum than Nesterov's");
    keys.put("optimizer.decoupled", "its step is DL4J's own");
    keys.put("optimizer.clip-norm", "its step is DL4J's own");
    keys.put("optimizer.adaptive-clipping", "its step is DL4J's own");
    keys.put("optimizer.ema-decay", "DL4J's master tells nobody of its rounds");
    keys.put("optimizer.lookahead.steps", "DL4J's master tells nobody of its rounds");
    keys.put("optimizer.frozen", "its step is DL4J's own");
    keys.put("optimizer.overrides", "DL4J's updater has one learning rate");
    keys.put("network.fixup", "DL4J's updater has one learning rate");
    keys.put("initialization.from", "its network has DL4J's own layers");
    keys.put("training.norms-every-rounds", "DL4J's master tells nobody of its rounds");
    keys.put("training.checkpoint-every-rounds", "DL4J's master tells nobody of its rounds");
    keys.put("training.checkpoint-every-minutes", "DL4J's master tells nobody of its rounds");
    keys.put("training.loss-bound", "DL4J's master tells nobody of its batches");
    keys.put("training.precision", "DL4J's step is float32");
    keys.put("averaging.transport", "DL4J's master sends float32");
    keys.put("averaging.aggregation-group", "DL4J's master adds up in its own way");
    return keys;
  }

  private static Map<String, String> stockIgnores() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("averaging.round-timeout-seconds", "DL4J's fit is an epoch of rounds");
    keys.put("data.shuffle-window", "read with data.residence = streamed, which is refused");
    for (String key : List.of("beta1", "beta2", "epsilon", "muon.momentum", "muon.iterations")) {
      keys.put("optimizer." + key, "DL4J's engine has SGD alone");
    }
    for (String key : List.of("factor", "patience", "threshold", "least-learning-rate")) {
      keys.put("optimizer.plateau." + key, "DL4J restarts the schedule every round");
    }
    for (String key : List.of("step-epochs", "step-factor")) {
      keys.put(
          "optimizer." + key, "DL4J restarts the schedule every round, within the first epoch");
    }
    for (String key : List.of("decay", "decay-power")) {
      keys.put(
          "optimizer.lookahead." + key, "read with optimizer.lookahead.steps, which is refused");
    }
    return keys;
  }

  private static Map<String, String> taskRefuses() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("averaging.engine", "a trial in one task averages nothing");
    keys.put("averaging.transport", "a trial in one task sends nothing between its steps");
    keys.put(
        "training.checkpoint-every-rounds", "a trial in one task hands its state back at its end");
    keys.put(
        "training.checkpoint-every-minutes", "a trial in one task hands its state back at its end");
    return keys;
  }

  /** The mode of a run by itself, or of a data-parallel trial. */
  static TrainingMode of(IsonormConfig config) {
    return config.averaging().engine() == Engine.DL4J ? STOCK : AVERAGED;
  }

  /** Why a key has no effect in this mode, if it has none and is not refused. */
  Optional<String> meaningless(String key) {
    return NEVER.entrySet().stream()
        .filter(entry -> key.startsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .or(() -> Optional.ofNullable(meaningless.get(key)));
  }

  /** Whether a key is refused in this mode at any value but its default. */
  boolean refuses(String key) {
    return refused.containsKey(key);
  }

  /**
   * Checks that a configuration asks for nothing that this mode does not do.
   *
   * @throws UnsupportedOperationException in one sentence with the remedy, if it does
   */
  void check(IsonormConfig config) {
    Map<String, String> values = config.values();
    refused.forEach(
        (key, reason) -> {
          if (!values.get(key).equals(Defaults.VALUES.get(key))) {
            throw refusal(key, values.get(key), reason);
          }
        });
    if (this == STOCK && config.augmentation().mixing().method() == MixingMethod.MANIFOLD_MIXUP) {
      throw refusal(
          "augmentation.mixing.method", "manifold-mixup", "DL4J's network mixes no hidden states");
    }
    if (this == STOCK && config.data().residence() == Residence.STREAMED) {
      throw refusal(
          "data.residence", "streamed", "DL4J's master has all batches of an epoch in memory");
    }
    if (this == STOCK && config.optimizer().plateauOfRate().isPresent()) {
      throw refusal(
          "optimizer.schedule", "plateau", "DL4J restarts the schedule every round, at one rate");
    }
  }

  private UnsupportedOperationException refusal(String key, String value, String reason) {
    return new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported: %s = %s with %s (%s; %s)",
            key,
            value.replaceAll("\\s+", " "),
            this == STOCK ? "averaging.engine = dl4j" : "grid.mode = trial-per-task",
            reason,
            this == STOCK ? ISONORM_ENGINE : DATA_PARALLEL));
  }
}
