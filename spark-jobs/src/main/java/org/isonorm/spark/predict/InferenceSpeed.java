package org.isonorm.spark.predict;

import java.util.Collections;
import java.util.concurrent.Future;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Times a model alone on a cluster's tasks, as {@code bench --inference} times it on a machine. */
final class InferenceSpeed {
  private static final double NANOSECONDS = 1e9;

  /** Batches before the first that counts. */
  private static final int WARM_UP = 2;

  private InferenceSpeed() {}

  /**
   * Images a second of so many tasks at a time.
   *
   * @param seconds that each of them computes for, about
   */
  static double measure(
      JavaSparkContext spark,
      Broadcast<ScoringModel> model,
      int tasks,
      int threads,
      double seconds) {
    return spark
        .parallelize(Collections.nCopies(tasks, 0), tasks)
        .map(
            ignored -> {
              ResidentModel.Ticket ticket = ResidentModel.take(model.value(), threads);
              try {
                return rate(ticket, seconds);
              } finally {
                ticket.giveBack();
              }
            })
        .reduce(Double::sum);
  }

  private static double rate(ResidentModel.Ticket ticket, double seconds) {
    int batch = ticket.model().batch();
    float[] features = new float[batch * ticket.model().preprocessing().size()];
    for (int i = 0; i < features.length; i++) {
      features[i] = i % 7 - 3; // Any values do.
    }
    for (int i = 0; i < WARM_UP; i++) {
      ScoredRows.await(ticket.lane().score(features, batch));
    }
    long images = 0;
    long start = System.nanoTime();
    Future<Score[]> before = ticket.lane().score(features, batch);
    double elapsed;
    do {
      Future<Score[]> next = ticket.lane().score(features, batch);
      ScoredRows.await(before);
      before = next;
      images += batch;
      elapsed = (System.nanoTime() - start) / NANOSECONDS;
    } while (elapsed < seconds && !TaskContext.get().isInterrupted());
    ScoredRows.await(before);
    return images / elapsed;
  }
}
