package org.isonorm.spark.predict;

/**
 * A row and what the model says of its image.
 *
 * @param row as it was given
 */
public record Scored<T>(T row, Outcome outcome) {
  /** What became of the image. */
  public sealed interface Outcome {}

  /** It was scored. */
  public record Done(Score score) implements Outcome {}

  /**
   * It cannot be read.
   *
   * @param reason one sentence that names it
   */
  public record Unreadable(String reason) implements Outcome {}
}
