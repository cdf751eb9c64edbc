/** Whether a cluster has what a run needs, before it starts. */
package org.isonorm.spark.preflight;
