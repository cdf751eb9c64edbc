/**
 * Tells an MLflow tracking server of a run, by its REST interface: parameters, metrics by step, and
 * the files that the run leaves as artifacts. It needs no Spark and no training: who trains hands
 * it numbers and files, and it sends them on a thread of its own. A server that is slow or gone
 * costs the run nothing but its entry there.
 */
package org.isonorm.spark.mlflow;
