/**
 * The format of a run's folder: configuration, start, metrics, norms, checkpoints, evaluation,
 * predictions; their columns, readers and writers. Needs no Spark. Written by training, read by
 * grids and reports.
 */
package org.isonorm.spark.run;
