package org.isonorm.spark.run;

import org.apache.commons.math3.stat.StatUtils;

/** Mean and spread of a sample, such as the accuracies of one configuration's seeds. */
public final class Sample {
  private Sample() {}

  /** NaN for none. */
  public static double mean(double[] values) {
    return StatUtils.mean(values);
  }

  /** Of the sample, with n − 1; NaN for fewer than two. */
  public static double deviation(double[] values) {
    return values.length < 2 ? Double.NaN : Math.sqrt(StatUtils.variance(values));
  }
}
