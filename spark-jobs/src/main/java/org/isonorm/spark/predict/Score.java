package org.isonorm.spark.predict;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model says of an image.
 *
 * @param logits a value a class, before the softmax
 * @param probabilities of every class; their sum is 1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Score(float[] logits, float[] probabilities) {
  /** The most probable class: the first of them where several are. */
  public int best() {
    int best = 0;
    for (int c = 1; c < probabilities.length; c++) {
      if (probabilities[c] > probabilities[best]) {
        best = c;
      }
    }
    return best;
  }

  /** The most probable classes, the best first; of equal ones the first. */
  public List<Integer> top(int count) {
    return IntStream.range(0, probabilities.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(c -> -probabilities[c]))
        .limit(count)
        .toList();
  }
}
