package org.isonorm.spark.config;

/**
 * Group {@code data.synthetic}: the size of the generated data set.
 *
 * @param classes number of classes, 10 or 100
 * @param trainExamples examples of the training split, the validation examples included
 * @param testExamples examples of the test split
 * @param seed seed of the images
 */
public record SyntheticConfig(int classes, int trainExamples, int testExamples, long seed) {
  public SyntheticConfig {
    Checks.check(
        classes == 10 || classes == 100, "data.synthetic.classes", classes, "must be 10 or 100");
    Checks.atLeast("data.synthetic.train-examples", trainExamples, 1);
    Checks.atLeast("data.synthetic.test-examples", testExamples, 1);
  }
}
