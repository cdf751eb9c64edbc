package org.isonorm.spark.predict;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Scores the rows of partitions: to be called in {@code mapPartitions} of any job. Created on the
 * driver; serialized to executors, where all tasks of a process share one copy of the model. Images
 * are decoded by the task's own thread while a second one computes; a few batches are in memory at
 * a time, however many rows there are.
 *
 * <p>The scores of an image do not depend on the rows beside it or on the partitions.
 */
public final class Scoring<T> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Broadcast<ScoringModel> model;
  private final ImageReader<T> images;
  private final int threads;

  private Scoring(Broadcast<ScoringModel> model, ImageReader<T> images, int threads) {
    this.model = model;
    this.images = images;
    this.threads = threads;
  }

  /**
   * Scoring by a model.
   *
   * @param model destroyed by the caller when no job needs it any more
   * @param images takes the image out of a row
   */
  public static <T> Scoring<T> by(Broadcast<ScoringModel> model, ImageReader<T> images) {
    return new Scoring<>(model, images, 1);
  }

  /**
   * The same with so many threads of each task's kernels, at most the machine's: for jobs of fewer
   * tasks than the cluster has slots.
   */
  public Scoring<T> withThreads(int ofEach) {
    return new Scoring<>(model, images, ofEach);
  }

  /**
   * Scores a partition's rows, in their order. Called on an executor by the thread of a task, which
   * alone may use the iterator; rows are taken a few batches ahead.
   */
  public Iterator<Scored<T>> score(Iterator<T> rows) {
    TaskContext task = TaskContext.get();
    if (task == null) {
      throw new IllegalStateException("Cannot score outside of a Spark task");
    }
    ResidentModel.Ticket ticket = ResidentModel.take(model.value(), Math.max(threads, task.cpus()));
    ScoredRows<T> scored = new ScoredRows<>(rows, images, ticket.model(), ticket.lane());
    task.addTaskCompletionListener(
        (TaskCompletionListener)
            ended -> {
              scored.close();
              ticket.giveBack();
            });
    return scored;
  }
}
