package org.isonorm.spark.run;

/**
 * The tables of a grid's folder and their columns, for the grid that writes them and the report
 * that reads them. Between {@link #PROTOCOL} and {@link #SEED} lies a column an axis, named by its
 * key.
 */
public final class GridColumns {
  /** A row a trial and epoch. */
  public static final String RESULTS_FILE = "results.csv";

  /** A row a trial. */
  public static final String TRIALS_FILE = "trials.csv";

  public static final String TRIAL = "trial";
  public static final String STATUS = "status";
  public static final String PROTOCOL = "protocol";
  public static final String SEED = "seed";

  /** From here on of results.csv alone, and from {@link #EPOCHS} on of trials.csv. */
  public static final String EPOCH = "epoch";

  public static final String STEP = "step";
  public static final String LEARNING_RATE = "learningRate";
  public static final String TRAIN_LOSS = "trainLoss";
  public static final String TRAIN_ACCURACY = "trainAccuracy";
  public static final String VALIDATION_LOSS = "validationLoss";
  public static final String VALIDATION_ACCURACY = "validationAccuracy";
  public static final String WALL_CLOCK_SECONDS = "wallClockSeconds";
  public static final String EPOCHS = "epochs";
  public static final String EPOCHS_DONE = "epochsDone";
  public static final String BEST_EPOCH = "bestEpoch";
  public static final String BEST_VALIDATION_ACCURACY = "bestValidationAccuracy";
  public static final String LAST_VALIDATION_ACCURACY = "lastValidationAccuracy";
  public static final String DIVERGED_EPOCH = "divergedEpoch";
  public static final String DIVERGED_STEP = "divergedStep";
  public static final String SECONDS = "seconds";
  public static final String CAUSE = "cause";

  /** Of trials.csv, where the grid has a target: empty where it was not reached. */
  public static final String SECONDS_TO_TARGET = "trainingSecondsToTarget";

  private GridColumns() {}
}
