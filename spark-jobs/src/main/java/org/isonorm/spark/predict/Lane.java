package org.isonorm.spark.predict;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.network.step.Inference;
import org.isonorm.spark.averaging.AugmentedLogits;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.run.ModelCard;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * One task's way through a model: a thread that computes with the model's parameters on activations
 * of its own. ND4J's workspaces and OpenMP's threads belong to the thread that made them, while
 * tasks come and go.
 */
final class Lane {
  /** Images of a smaller batch, for the rows that are left at the end. */
  private static final int FEW = 16;

  /** So many images fewer go one by one. */
  private static final int VERY_FEW = 4;

  /** No batch takes longer; memory that is not freed then is Java's to collect. */
  private static final int END_SECONDS = 60;

  private final ExecutorService thread;
  private final ComputationGraph graph;
  private final ModelCard card;
  private final int batch;
  private final TestTimeAugmentation augmentation;
  private Inference inference;

  /**
   * A lane.
   *
   * @param batch images of a full batch
   * @param augmentation views of each image
   */
  Lane(
      String name,
      ComputationGraph graph,
      ModelCard card,
      int batch,
      TestTimeAugmentation augmentation,
      ResidentModel.Place place) {
    this.graph = graph;
    this.card = card;
    this.batch = batch;
    this.augmentation = augmentation;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made =
                  new Thread(
                      () -> {
                        place.device().use();
                        if (place.threads() > 0) {
                          Replica.useThreads(place.threads());
                        }
                        work.run();
                      },
                      name);
              made.setDaemon(true);
              return made;
            });
  }

  /**
   * Scores a batch.
   *
   * @param features of {@code count} images at least; not to be changed until it is done
   */
  Future<Score[]> score(float[] features, int count) {
    Callable<Score[]> work =
        () -> {
          if (inference == null) {
            inference = Inference.ofUnchanging(graph);
          }
          Score[] scores = new Score[count];
          for (int done = 0; done < count; ) {
            int left = count - done;
            // Few sizes, as each has a plan of its own: what is missing is computed for nothing.
            int size = left > batch / 2 ? batch : left > VERY_FEW ? Math.min(FEW, batch) : 1;
            int taken = Math.min(size, left);
            score(features, done, taken, size, scores);
            done += taken;
          }
          return scores;
        };
    return thread.submit(work);
  }

  private void score(float[] features, int from, int taken, int size, Score[] scores) {
    int each = card.shape().size();
    float[] part =
        from == 0 && features.length == size * each
            ? features
            : Arrays.copyOf(
                Arrays.copyOfRange(features, from * each, (from + taken) * each), size * each);
    int classes = card.classNames().size();
    long[] shape = {size, card.height(), card.width(), card.channels()};
    try (INDArray input = Nd4j.create(part, shape, 'c');
        INDArray logits = AugmentedLogits.of(augmentation, inference, input);
        INDArray probabilities = Transforms.softmax(logits, true)) {
      float[] before = logits.dup('c').data().asFloat();
      float[] after = probabilities.dup('c').data().asFloat();
      for (int i = 0; i < taken; i++) {
        scores[from + i] =
            new Score(
                Arrays.copyOfRange(before, i * classes, (i + 1) * classes),
                Arrays.copyOfRange(after, i * classes, (i + 1) * classes));
      }
    }
  }

  /** Waits for the thread's work, ends it and frees its activations. */
  void close() {
    thread.execute(
        () -> {
          if (inference != null) {
            inference.close();
            inference = null;
          }
          GraphMemory.freeWorkspaces();
        });
    thread.shutdown();
    try {
      thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
