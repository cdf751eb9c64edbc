package org.isonorm.spark.ml;

import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The Params that estimator and model have both, and what they say. */
public interface ImageClassifierParams extends Params {
  Param<String> featuresCol();

  Param<String> labelCol();

  Param<String> predictionCol();

  Param<String> probabilityCol();

  Param<String> rawPredictionCol();

  IntArrayParam imageShape();

  Param<String> handleInvalid();

  default String getFeaturesCol() {
    return getOrDefault(featuresCol());
  }

  default String getLabelCol() {
    return getOrDefault(labelCol());
  }

  default String getPredictionCol() {
    return getOrDefault(predictionCol());
  }

  default String getProbabilityCol() {
    return getOrDefault(probabilityCol());
  }

  default String getRawPredictionCol() {
    return getOrDefault(rawPredictionCol());
  }

  default int[] getImageShape() {
    return getOrDefault(imageShape());
  }

  default String getHandleInvalid() {
    return getOrDefault(handleInvalid());
  }
}
