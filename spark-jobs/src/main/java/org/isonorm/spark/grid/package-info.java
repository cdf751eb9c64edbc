/**
 * Grids: many runs that differ in some keys of the configuration, trained several at a time and
 * compared on validation examples. Before it stands the configuration; it trains by {@code
 * org.isonorm.spark.train} and leaves files that the report is made of.
 */
package org.isonorm.spark.grid;
