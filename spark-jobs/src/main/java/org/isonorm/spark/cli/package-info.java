/**
 * The command line: options in, a stage's call, a result or one sentence of error out. It calls
 * every other package and none calls it.
 */
package org.isonorm.spark.cli;
