package org.isonorm.network.plan;

/**
 * Whence the dropout of a batch is drawn: a seed an example, from which each layer draws a stream
 * of its own. What an example loses depends neither on its place in the batch nor on the others.
 * Held by reference; not to be changed.
 *
 * @param ofExamples one each; empty where nothing is dropped
 */
public record DropoutSeeds(long[] ofExamples) {
  /** Nothing is dropped. */
  public static final DropoutSeeds NONE = new DropoutSeeds(new long[0]);

  public boolean isNone() {
    return ofExamples.length == 0;
  }
}
