/**
 * The benchmark of training steps: a network's, part by part, and its peers', in alternating
 * rounds. Works without Spark and on random images. Called by the command line.
 */
package org.isonorm.spark.bench;
