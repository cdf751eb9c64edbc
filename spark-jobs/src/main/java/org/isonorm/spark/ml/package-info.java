/**
 * Spark ML's door: {@link org.isonorm.spark.ml.IsonormClassifier}, an estimator for pipelines and
 * cross-validation, and {@link org.isonorm.spark.ml.IsonormClassificationModel}, what it fits. A
 * client of {@link org.isonorm.spark.api}, and promised to users as that is. Needs spark-mllib,
 * which every Spark has.
 */
package org.isonorm.spark.ml;
