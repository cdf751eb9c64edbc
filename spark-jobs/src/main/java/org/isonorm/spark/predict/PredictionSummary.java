package org.isonorm.spark.predict;

import java.util.List;

/**
 * What a prediction did; the contents of {@code _predictions.json} in its folder.
 *
 * @param model the file it predicted with
 * @param input what it read
 * @param testTimeAugmentation views of each image, over which the logits' mean was taken
 * @param classNames the model's classes
 * @param examples rows written, with those that have no prediction
 * @param unreadable rows without a prediction, because their image cannot be read
 * @param seconds from the first image read to the last row written
 * @param imagesPerSecond examples over seconds
 * @param runningImagesPerSecond of all tasks at a time, from the end of each one's first batch, so
 *     without the start; null if no task had a second batch
 * @param inferenceImagesPerSecond of the network alone, on the same tasks at the same batch size,
 *     measured right after: what {@code bench --inference} measures
 * @param firstUnreadable a sentence for each of the first ones
 */
public record PredictionSummary(
    String model,
    String input,
    String testTimeAugmentation,
    List<String> classNames,
    long examples,
    long unreadable,
    double seconds,
    double imagesPerSecond,
    Double runningImagesPerSecond,
    double inferenceImagesPerSecond,
    List<String> firstUnreadable) {}
