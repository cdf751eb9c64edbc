/**
 * Learning rates as pure functions of the step, or of the accuracies so far. Before it stands the
 * configuration, which builds one; after it the trainer, which asks it at every step.
 */
package org.isonorm.spark.schedule;
