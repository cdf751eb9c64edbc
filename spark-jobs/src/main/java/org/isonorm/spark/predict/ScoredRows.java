package org.isonorm.spark.predict;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.isonorm.spark.jobs.FailedWork;

/** Rows with their scores: batches are prepared here while the lane computes those before. */
final class ScoredRows<T> implements Iterator<Scored<T>>, AutoCloseable {
  /** One batch that is computed, and one that is ready when it is done. */
  private static final int IN_FLIGHT = 2;

  private final Iterator<T> rows;
  private final ImageReader<T> images;
  private final ResidentModel model;
  private final Lane lane;
  private final Deque<Pending<T>> pending = new ArrayDeque<>();
  private final Deque<float[]> spare = new ArrayDeque<>();
  private Iterator<Scored<T>> ready = List.<Scored<T>>of().iterator();

  /**
   * Rows of a batch.
   *
   * @param reasons why a row's image cannot be read; null where it can
   * @param scores of the others, in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Pending<T>(
      List<T> rows, List<String> reasons, float[] features, Future<Score[]> scores) {}

  ScoredRows(Iterator<T> rows, ImageReader<T> images, ResidentModel model, Lane lane) {
    this.rows = rows;
    this.images = images;
    this.model = model;
    this.lane = lane;
  }

  @Override
  public boolean hasNext() {
    while (!ready.hasNext()) {
      while (pending.size() < IN_FLIGHT && rows.hasNext()) {
        pending.add(prepare());
      }
      if (pending.isEmpty()) {
        return false;
      }
      ready = scored(pending.remove());
    }
    return true;
  }

  @Override
  public Scored<T> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.next();
  }

  private Pending<T> prepare() {
    int size = model.preprocessing().size();
    float[] features = spare.isEmpty() ? new float[model.batch() * size] : spare.pop();
    List<T> taken = new ArrayList<>(model.batch());
    List<String> reasons = new ArrayList<>(model.batch());
    int count = 0;
    while (taken.size() < model.batch() && rows.hasNext()) {
      T row = rows.next();
      taken.add(row);
      try {
        model.preprocessing().fill(images.image(row), features, count * size);
        count++;
        reasons.add(null);
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    return new Pending<>(taken, reasons, features, lane.score(features, count));
  }

  private Iterator<Scored<T>> scored(Pending<T> batch) {
    Score[] scores = await(batch.scores());
    spare.push(batch.features());
    List<Scored<T>> scored = new ArrayList<>(batch.rows().size());
    int done = 0;
    for (int i = 0; i < batch.rows().size(); i++) {
      String reason = batch.reasons().get(i);
      scored.add(
          new Scored<>(
              batch.rows().get(i),
              reason == null ? new Scored.Done(scores[done++]) : new Scored.Unreadable(reason)));
    }
    return scored.iterator();
  }

  static <R> R await(Future<R> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      // So Spark ends a task.
      Thread.currentThread().interrupt();
      throw new CancellationException("Interrupted while a batch was scored");
    } catch (ExecutionException e) {
      throw FailedWork.of(e);
    }
  }

  /** Gives up what is not computed yet; what is will end soon, and nobody takes it. */
  @Override
  public void close() {
    pending.forEach(batch -> batch.scores().cancel(false));
    pending.clear();
  }
}
