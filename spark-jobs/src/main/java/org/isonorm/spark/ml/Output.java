package org.isonorm.spark.ml;

/** What is added to a row, in this order. */
enum Output {
  RAW_PREDICTION,
  PROBABILITY,
  PREDICTION
}
