/**
 * A run's data set as its workers hold it: the split into training and validation, shards on
 * executors, batches.
 */
package org.isonorm.spark.data;
