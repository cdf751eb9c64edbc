/**
 * Grids: many runs that differ in some keys of the configuration, trained several at a time and
 * compared on validation examples. Before it stands the configuration; it trains by {@code
 * org.isonorm.spark.train} and leaves files that the report is made of.
 *
 * <p>A grid's folder holds, each file whole at any moment and rewritten when a trial ends:
 *
 * <ul>
 *   <li>{@code config.conf}: the grid's resolved configuration; {@code environment.json}: that of
 *       the driver that began it.
 *   <li>{@code grid.json}: {@code name}, {@code status} (running, complete, stopped), {@code mode},
 *       {@code network}, {@code dataset}, {@code epochs}, {@code pruning}; {@code axes}, the values
 *       tried of each key as text, sorted by key, the seed's left out; {@code seeds}, {@code
 *       protocols}; the counts {@code trials}, {@code done}, {@code diverged}, {@code failed},
 *       {@code pruned}, {@code missing}; {@code points}, each with {@code protocol}, {@code values}
 *       of the axes, counts, and over its done trials mean and sample standard deviation of the
 *       best epoch's ({@code validationAccuracy}, {@code deviation}) and the last epoch's accuracy
 *       ({@code lastValidationAccuracy}, {@code lastDeviation}); once complete, {@code winner} with
 *       {@code point} (of the paper's protocol, if that was tried), {@code trials}, {@code
 *       testAccuracies}, with test-time augmentation {@code augmentedTestAccuracies}, {@code
 *       testAccuracy}, {@code testDeviation}, {@code testExamples}. A figure that there is not is
 *       null.
 *   <li>{@code results.csv} and {@code results.parquet}: a row a trial and epoch with {@code
 *       trial}, {@code status} (done, diverged, failed, pruned), {@code protocol} (paper, control),
 *       a column an axis named by its key, {@code seed}, {@code epoch}, {@code step}, {@code
 *       learningRate}, {@code trainLoss}, {@code trainAccuracy}, {@code validationLoss}, {@code
 *       validationAccuracy}, {@code wallClockSeconds}. A trial without a finished epoch has one row
 *       that is empty from {@code epoch} on.
 *   <li>{@code trials.csv}: a row a trial with the same columns up to {@code seed}, then {@code
 *       epochs}, {@code epochsDone}, {@code bestEpoch}, {@code bestValidationAccuracy}, {@code
 *       lastValidationAccuracy}, {@code divergedEpoch} and {@code divergedStep} (both from 1, the
 *       step within the epoch), {@code seconds}, {@code cause}.
 *   <li>{@code trials/NAME/}: the trial's run folder with {@code config.conf}, {@code
 *       initialization.csv}, {@code tuning.csv} and {@code tuning-steps.csv} of a tuned start,
 *       {@code metrics.csv} and, by {@code grid.keep-models}, {@code checkpoints/}; {@code
 *       result.json}, which appears last; {@code error.txt}, the stack trace of a failed one.
 * </ul>
 *
 * Accuracies are shares from 0 to 1, losses mean cross-entropies.
 */
package org.isonorm.spark.grid;
