package org.isonorm.spark.predict;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.spark.averaging.Device;
import org.isonorm.spark.run.ModelCard;

/**
 * Scores images in this process, outside of Spark. For several threads, which take turns. Close it
 * to free its memory.
 */
public final class LocalScorer implements AutoCloseable {
  private final ModelCard card;
  private final ResidentModel model;
  private final Lane lane;

  private LocalScorer(ScoringModel model) {
    this.card = model.card();
    this.model = new ResidentModel(model);
    this.lane = this.model.lane(new ResidentModel.Place(Device.ofTask(), 0));
  }

  /** A scorer that computes on all threads of the process's kernels. */
  public static LocalScorer of(ScoringModel model) {
    return new LocalScorer(model);
  }

  /** What the model needs images to be, and its classes. */
  public ModelCard card() {
    return card;
  }

  /** The network; its parameters may not be changed. */
  public ComputationGraph graph() {
    return model.graph();
  }

  /**
   * Scores images, in their order.
   *
   * @throws IOException in one sentence that names the image, if one cannot be read
   */
  public List<Score> score(List<RawImage> images) throws IOException {
    int size = model.preprocessing().size();
    List<Score> scores = new ArrayList<>(images.size());
    for (int from = 0; from < images.size(); from += model.batch()) {
      int count = Math.min(model.batch(), images.size() - from);
      float[] features = new float[count * size];
      for (int i = 0; i < count; i++) {
        model.preprocessing().fill(images.get(from + i), features, i * size);
      }
      Future<Score[]> batch = lane.score(features, count);
      scores.addAll(List.of(ScoredRows.await(batch)));
    }
    return scores;
  }

  @Override
  public void close() {
    lane.close();
    model.close();
  }
}
