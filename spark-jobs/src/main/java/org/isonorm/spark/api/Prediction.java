package org.isonorm.spark.api;

import java.util.List;

/**
 * What a model says of an image.
 *
 * @param className the most probable class
 * @param probability its probability
 * @param probabilities of every class, in the order of {@link TrainedModel#classNames()}; their sum
 *     is 1
 */
public record Prediction(String className, double probability, List<Double> probabilities) {}
