/** Spark jobs: running, watching and releasing them, and the root cause when they fail. */
package org.isonorm.spark.jobs;
