/**
 * Shows how norms pass through a network: after a measurement by {@code org.isonorm.network}, as a
 * table, CSV and a plot for people.
 */
package org.isonorm.spark.norms;
