package org.isonorm.spark.config;

import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.network.kernel.Precision;

/**
 * Group {@code training}.
 *
 * @param epochs passes over the training examples
 * @param globalBatchSize examples a step of all workers together
 * @param evaluationBatchSize examples a batch when evaluating
 * @param testTimeAugmentation views of each image over which the final evaluation takes the mean,
 *     beside that of the image alone
 * @param evaluateEveryEpochs epochs between evaluations on the validation examples
 * @param patience epochs without a better validation accuracy after which training ends, 0 for none
 * @param checkpointEveryRounds averaging rounds between checkpoints, 0 for one after every epoch
 * @param checkpointEveryMinutes minutes after which a round is followed by a checkpoint as well, 0
 *     for none
 * @param normsEveryRounds averaging rounds between measurements of the layers' norms, 0 for none
 * @param lossBound mean loss of a batch above which the run has diverged
 * @param threadsPerWorker threads of each worker's kernels, 0 for cores divided by workers
 * @param precision of activations, float32 or bf16
 */
public record TrainingConfig(
    int epochs,
    int globalBatchSize,
    int evaluationBatchSize,
    TestTimeAugmentation testTimeAugmentation,
    int evaluateEveryEpochs,
    int patience,
    int checkpointEveryRounds,
    int checkpointEveryMinutes,
    int normsEveryRounds,
    double lossBound,
    int threadsPerWorker,
    String precision) {
  public TrainingConfig {
    Checks.atLeast("training.epochs", epochs, 1);
    Checks.atLeast("training.global-batch-size", globalBatchSize, 1);
    Checks.atLeast("training.evaluation-batch-size", evaluationBatchSize, 1);
    Checks.atLeast("training.evaluate-every-epochs", evaluateEveryEpochs, 1);
    Checks.atLeast("training.patience", patience, 0);
    Checks.atLeast("training.checkpoint-every-rounds", checkpointEveryRounds, 0);
    Checks.atLeast("training.checkpoint-every-minutes", checkpointEveryMinutes, 0);
    Checks.atLeast("training.norms-every-rounds", normsEveryRounds, 0);
    Checks.positive("training.loss-bound", lossBound);
    Checks.atLeast("training.threads-per-worker", threadsPerWorker, 0);
    Checks.delegate("training.precision", () -> Precision.parse(precision));
  }

  /**
   * Whether a whole run evaluates on the validation examples after an epoch, the last one apart.
   */
  public boolean evaluatesAfter(int epoch) {
    return epoch % evaluateEveryEpochs == 0;
  }

  /**
   * Whether training ends after an epoch because none got better for so long: at an evaluation,
   * before the last epoch.
   *
   * @param epoch epochs done
   * @param bestEpoch the best of them on the validation examples, 0 for none
   */
  public boolean stopsEarly(int epoch, int bestEpoch) {
    return patience > 0
        && epoch < epochs
        && bestEpoch > 0
        && evaluatesAfter(epoch)
        && epoch - bestEpoch >= patience;
  }

  /** The same with the checkpoints and threads of another one. */
  TrainingConfig onMachineOf(TrainingConfig other) {
    return new TrainingConfig(
        epochs,
        globalBatchSize,
        evaluationBatchSize,
        testTimeAugmentation,
        evaluateEveryEpochs,
        patience,
        other.checkpointEveryRounds,
        other.checkpointEveryMinutes,
        normsEveryRounds,
        lossBound,
        other.threadsPerWorker,
        precision);
  }
}
