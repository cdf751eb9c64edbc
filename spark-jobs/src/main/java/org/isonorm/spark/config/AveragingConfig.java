package org.isonorm.spark.config;

import java.util.Locale;

/**
 * Group {@code averaging}.
 *
 * @param engine who averages
 * @param workers workers that train in parallel
 * @param frequency local steps of each worker between two averages
 * @param aggregationGroup workers whose results one task adds up before the driver does
 * @param roundTimeoutSeconds longest time of a round, 0 for any
 * @param transport how parameters and momentum cross the wire
 */
public record AveragingConfig(
    Engine engine,
    int workers,
    int frequency,
    int aggregationGroup,
    int roundTimeoutSeconds,
    Transport transport) {

  /** Who averages the workers' parameters. */
  public enum Engine {
    /** This project's training master. */
    ISONORM,
    /** DL4J's ParameterAveragingTrainingMaster, the reference to compare with. */
    DL4J
  }

  /** How parameters and momentum cross the wire. */
  public enum Transport {
    /** As they are. */
    FLOAT32,
    /** In two bytes: a float's exponent and 8 bits of precision. */
    BF16,
    /** In two bytes: 11 bits of precision, scaled a block. */
    FP16;

    /** As the configuration names it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public AveragingConfig {
    Checks.atLeast("averaging.workers", workers, 1);
    Checks.atLeast("averaging.frequency", frequency, 1);
    Checks.atLeast("averaging.aggregation-group", aggregationGroup, 2);
    Checks.atLeast("averaging.round-timeout-seconds", roundTimeoutSeconds, 0);
  }
}
