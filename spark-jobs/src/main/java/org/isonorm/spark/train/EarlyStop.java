package org.isonorm.spark.train;

import java.util.Locale;
import org.isonorm.spark.config.TrainingConfig;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.TrainingState;

/** Why a run ended before its last epoch, for people. */
final class EarlyStop {
  private EarlyStop() {}

  static String sentence(TrainingConfig training, TrainingState state) {
    int epoch = state.progress().epoch();
    return String.format(
        Locale.ROOT,
        "Stopped early after epoch %d of %d: for %s no validation accuracy above the %.2f%% of"
            + " epoch %d (training.patience = %d)",
        epoch,
        training.epochs(),
        Plural.of(epoch - state.bestEpoch(), "epoch"),
        100 * state.bestAccuracy(),
        state.bestEpoch(),
        training.patience());
  }
}
