package org.isonorm.spark.jobs;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Hands items on in the order of their numbers, however they arrive, keeping only those that came
 * before their turn. Sums of floats made this way do not depend on which task finishes first.
 */
public final class InOrder<T> {
  private final Consumer<? super T> consumer;
  private final Map<Integer, T> waiting = new HashMap<>();
  private int next;

  /** Hands items on to a consumer, starting with number 0. */
  public InOrder(Consumer<? super T> consumer) {
    this.consumer = consumer;
  }

  /** Takes the item of a number and hands on every item whose turn has come. */
  public synchronized void accept(int number, T item) {
    waiting.put(number, item);
    for (T ready = waiting.remove(next); ready != null; ready = waiting.remove(next)) {
      next++;
      consumer.accept(ready);
    }
  }
}
