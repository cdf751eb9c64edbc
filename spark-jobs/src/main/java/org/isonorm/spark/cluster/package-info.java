/** A standalone Spark cluster on one machine, to try jobs with separate executor processes. */
package org.isonorm.spark.cluster;
