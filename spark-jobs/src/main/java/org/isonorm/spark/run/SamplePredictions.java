package org.isonorm.spark.run;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.isonorm.data.shard.ImageShape;

/**
 * A few examples to look at: the first that were classified right, which are a random sample
 * because splits are stored in random order, and those classified wrong with the highest
 * confidence. Examples are offered in stored order, so that the choice does not depend on the
 * number of tasks. Created on executors; serialized to the driver.
 */
public final class SamplePredictions implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Comparator<Sample> MOST_CONFIDENT =
      Comparator.comparingDouble(Sample::confidence).reversed();

  private final int limit;
  private final List<Sample> right = new ArrayList<>();
  private final List<Sample> wrong = new ArrayList<>();

  /** An image as it is stored, and where. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Picture(long position, ImageShape shape, byte[] pixels) implements Serializable {}

  /**
   * An example and what the model said of it.
   *
   * @param confidence the probability of the predicted class
   * @param ofLabel the probability of the true class
   */
  record Sample(Picture picture, int label, int predicted, float confidence, float ofLabel)
      implements Serializable {}

  /** At most so many right and wrong ones each. */
  SamplePredictions(int limit) {
    this.limit = limit;
  }

  /** Keeps an example if it belongs to those to keep. */
  void offer(int label, int predicted, float confidence, float ofLabel, Supplier<Picture> picture) {
    boolean isRight = label == predicted;
    List<Sample> kept = isRight ? right : wrong;
    boolean full = kept.size() == limit;
    if (full && (isRight || limit == 0 || !(confidence > kept.get(limit - 1).confidence()))) {
      return;
    }
    kept.add(new Sample(picture.get(), label, predicted, confidence, ofLabel));
    if (!isRight) {
      kept.sort(MOST_CONFIDENT);
    }
    if (full) {
      kept.remove(limit);
    }
  }

  /** Adds those of examples stored behind these. */
  void add(SamplePredictions other) {
    for (List<Sample> samples : List.of(other.right, other.wrong)) {
      for (Sample sample : samples) {
        offer(
            sample.label(),
            sample.predicted(),
            sample.confidence(),
            sample.ofLabel(),
            sample::picture);
      }
    }
  }

  /** In stored order. */
  List<Sample> right() {
    return List.copyOf(right);
  }

  /** The most confident first. */
  List<Sample> wrong() {
    return List.copyOf(wrong);
  }
}
