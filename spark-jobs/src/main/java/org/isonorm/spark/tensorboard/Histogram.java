package org.isonorm.spark.tensorboard;

import org.tensorflow.framework.HistogramProto;

/** Counts values in equal buckets from the least to the greatest. */
final class Histogram {
  private static final int BUCKETS = 50;

  private Histogram() {}

  /** Values that are not finite are left out. */
  static HistogramProto of(float[] values) {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    long count = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
        sum += value;
        squares += (double) value * value;
        count++;
      }
    }
    HistogramProto.Builder histogram = HistogramProto.newBuilder();
    if (count == 0) {
      return histogram.build();
    }
    int buckets = greatest > least ? BUCKETS : 1;
    double width = (greatest - least) / buckets;
    long[] counts = new long[buckets];
    for (float value : values) {
      if (Float.isFinite(value)) {
        int bucket = width > 0 ? (int) ((value - least) / width) : 0;
        counts[Math.min(bucket, buckets - 1)]++;
      }
    }
    for (int bucket = 0; bucket < buckets; bucket++) {
      histogram.addBucketLimit(bucket == buckets - 1 ? greatest : least + (bucket + 1) * width);
      histogram.addBucket(counts[bucket]);
    }
    return histogram
        .setMin(least)
        .setMax(greatest)
        .setNum(count)
        .setSum(sum)
        .setSumSquares(squares)
        .build();
  }
}
