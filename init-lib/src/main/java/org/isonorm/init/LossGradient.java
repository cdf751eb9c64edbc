package org.isonorm.init;

/**
 * Loss of a batch and its gradient, as {@link GradientOracle} gives them.
 *
 * @param loss mean over the examples
 * @param gradient an array for each of the oracle's tensors
 */
@SuppressWarnings("ArrayRecordComponent") // The caller's to read once; copying would double memory.
public record LossGradient(double loss, double[][] gradient) {}
