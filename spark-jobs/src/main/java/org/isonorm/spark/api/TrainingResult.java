package org.isonorm.spark.api;

import java.io.IOException;
import java.nio.file.Path;
import org.isonorm.spark.run.RunFolder;

/**
 * What training left.
 *
 * @param folder the run's folder: metrics, checkpoints, model.zip, report.html
 * @param evaluation the model's one evaluation, on the test images; without any on those kept for
 *     validation, or without these on those that trained
 */
public record TrainingResult(Path folder, ModelEvaluation evaluation) {
  /**
   * Loads the model that was best on the validation examples, or the last without any; close it.
   *
   * @throws IOException in one sentence that names the file, if it cannot be read any more
   */
  public TrainedModel model() throws IOException {
    return TrainedModel.load(new RunFolder(folder).model());
  }
}
