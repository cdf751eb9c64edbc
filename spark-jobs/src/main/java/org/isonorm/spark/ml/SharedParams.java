package org.isonorm.spark.ml;

import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** Makes the Params that estimator and model have both. */
final class SharedParams {

  private SharedParams() {}

  static Param<String> featuresCol(Params owner) {
    return new Param<>(
        owner,
        "featuresCol",
        "column of images: of Spark's image schema, encoded bytes, a struct with a field bytes, or arrays or vectors of numbers from 0 to 255 (see imageShape)");
  }

  static Param<String> labelCol(Params owner) {
    return new Param<>(
        owner, "labelCol", "column of labels: whole numbers from 0, as StringIndexer's, or text");
  }

  static Param<String> predictionCol(Params owner) {
    return new Param<>(
        owner, "predictionCol", "column made of the most probable classes; '' leaves it out");
  }

  static Param<String> probabilityCol(Params owner) {
    return new Param<>(
        owner, "probabilityCol", "column made of every class's probability; '' leaves it out");
  }

  static Param<String> rawPredictionCol(Params owner) {
    return new Param<>(
        owner, "rawPredictionCol", "column made of every class's logit; '' leaves it out");
  }

  static IntArrayParam imageShape(Params owner) {
    return new IntArrayParam(
        owner,
        "imageShape",
        "height, width and channels (1 to 4) of images that are arrays or vectors, row-major");
  }

  static Param<String> handleInvalid(Params owner) {
    return new Param<>(
        owner,
        "handleInvalid",
        "what the model does with an image that is null or cannot be read: error, skip (leave the row out) or keep (with null predictions); fitting refuses such");
  }

  static void setDefaults(ImageClassifierParams owner) {
    owner.setDefault(owner.featuresCol(), "image");
    owner.setDefault(owner.labelCol(), "label");
    owner.setDefault(owner.predictionCol(), "prediction");
    owner.setDefault(owner.probabilityCol(), "probability");
    owner.setDefault(owner.rawPredictionCol(), "rawPrediction");
    owner.setDefault(owner.imageShape(), new int[0]);
    owner.setDefault(owner.handleInvalid(), "error");
  }
}
