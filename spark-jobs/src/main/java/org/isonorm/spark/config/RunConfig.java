package org.isonorm.spark.config;

/**
 * Group {@code run}.
 *
 * @param name the run's name
 * @param seed seed of every random draw of the run
 * @param output the run's folder, a path or URI
 * @param tensorboard whether metrics are written for TensorBoard as well
 * @param samplePredictions examples shown with their images, right and wrong ones each; 0 for none
 * @param note a remark for the reader of the run, "" for none
 * @param mlflow where it is tracked
 */
public record RunConfig(
    String name,
    long seed,
    String output,
    boolean tensorboard,
    int samplePredictions,
    String note,
    MlflowConfig mlflow) {
  private static final int MOST_SAMPLES = 100;

  public RunConfig {
    Checks.notBlank("run.name", name);
    Checks.notBlank("run.output", output);
    if (samplePredictions < 0 || samplePredictions > MOST_SAMPLES) {
      throw new InvalidSettingException(
          "run.sample-predictions", samplePredictions, "must be from 0 to " + MOST_SAMPLES);
    }
  }
}
