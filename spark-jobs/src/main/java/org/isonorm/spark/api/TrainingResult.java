package org.isonorm.spark.api;

import java.nio.file.Path;

/**
 * What training left.
 *
 * @param folder the run's folder: metrics, checkpoints, model.zip, report.html
 * @param model the model that was best on the validation examples, or the last without any; close
 *     it
 * @param evaluation its one evaluation on the test images
 */
public record TrainingResult(Path folder, TrainedModel model, ModelEvaluation evaluation) {}
