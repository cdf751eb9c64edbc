/**
 * Event files for TensorBoard, beside metrics.csv: the stage before is training, which hands over
 * its numbers; nothing of the project reads them. Calls no other code of the project.
 */
package org.isonorm.spark.tensorboard;
