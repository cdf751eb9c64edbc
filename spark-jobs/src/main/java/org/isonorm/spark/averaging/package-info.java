/**
 * One averaging round on a cluster: the master, the replicas on the executors, the exchange of
 * their parameters, and evaluation by the same workers.
 */
package org.isonorm.spark.averaging;
