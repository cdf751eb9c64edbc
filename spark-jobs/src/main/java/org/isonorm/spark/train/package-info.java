/**
 * Training: from an ingested data set and an initialized network to a run's folder.
 *
 * <p>Before this stage stands {@code org.isonorm.data} (shards and batches) and {@code
 * org.isonorm.network} (the graph and its local step); after it, {@code org.isonorm.spark.report},
 * which reads the run's files alone. Read {@link org.isonorm.spark.train.TrainingLoop} first: it
 * tells the whole story; {@link org.isonorm.spark.averaging.ParameterAveragingMaster} is one epoch
 * of it.
 */
package org.isonorm.spark.train;
