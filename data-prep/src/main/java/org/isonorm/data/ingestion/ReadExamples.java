package org.isonorm.data.ingestion;

import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.IngestionSource;

/**
 * Examples that somebody has read and decoded on the executors. Lives on the driver.
 *
 * @param source what they are, without slices; validation examples are the first indices of the
 *     training split
 * @param examples those of each split, each with its rank in the split as index
 * @param counts how many a split has; a split that is not there has none, which only the test split
 *     may
 */
public record ReadExamples(
    IngestionSource source, Map<Split, JavaRDD<Example>> examples, Map<Split, Integer> counts) {
  /** Examples of these classes and that shape. */
  public static ReadExamples of(
      List<String> classNames,
      ImageShape shape,
      int validationExamples,
      Map<Split, JavaRDD<Example>> examples,
      Map<Split, Integer> counts) {
    return new ReadExamples(
        new IngestionSource(
            DatasetKind.HUGGINGFACE.id(),
            classNames,
            List.of(),
            shape,
            Map.of(),
            validationExamples,
            List.of()),
        examples,
        counts);
  }
}
