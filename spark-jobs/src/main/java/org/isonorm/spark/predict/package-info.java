/**
 * Prediction at any scale: images of a row each become the network's input as the model's own file
 * says, and its probabilities come back with the row. {@link Scoring} is what runs on executors, in
 * whatever job; {@code PredictionJob} is the job of the command line.
 */
package org.isonorm.spark.predict;
