package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FloatLanes.SPECIES;
import static org.isonorm.network.kernel.vector.FloatLanes.STEP;
import static org.isonorm.network.kernel.vector.FloatLanes.get;
import static org.isonorm.network.kernel.vector.FloatLanes.put;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import org.isonorm.network.kernel.VectorModule;

/**
 * A linear map of a few elements, applied to the columns of a square and then to its rows. Channels
 * lie side by side and are mapped alike, a vector register at a time.
 *
 * <p>Needs the module jdk.incubator.vector: see {@link VectorModule}.
 */
abstract class WinogradTransform {
  /**
   * Bytes of the channels mapped at a time, so that what lies between the two dimensions fits the
   * first-level cache.
   */
  static final int CHUNK_BYTES = 64 * Float.BYTES;

  private final int from;
  private final int to;

  /**
   * Has no state.
   *
   * @param from elements of a row or column before
   * @param to elements of a row or column after
   */
  WinogradTransform(int from, int to) {
    this.from = from;
    this.to = to;
  }

  /**
   * A square of pixels in a buffer; all is in bytes.
   *
   * @param at where the first pixel's first channel lies
   * @param row from a pixel to the one below
   * @param column from a pixel to the one on its right
   */
  record Square(ByteBuffer buffer, int at, int row, int column) {}

  /**
   * Maps a square in both dimensions.
   *
   * @param bytes of the channels, a multiple of a vector register's
   * @param between room for {@link #CHUNK_BYTES} for each element of the larger square
   */
  final void apply(Square source, Square target, int bytes, ByteBuffer between) {
    for (int start = 0; start < bytes; start += CHUNK_BYTES) {
      int chunk = Math.min(CHUNK_BYTES, bytes - start);
      int line = chunk * from;
      map(
          source.buffer,
          source.at + start,
          source.row,
          source.column,
          between,
          0,
          line,
          chunk,
          from,
          chunk);
      map(
          between,
          0,
          chunk,
          line,
          target.buffer,
          target.at + start,
          target.column,
          target.row,
          to,
          chunk);
    }
  }

  /**
   * Maps lines of elements. All is in bytes. Every map has these loops to itself, so that its body
   * is compiled into them and no call comes between two vectors.
   *
   * @param in where the first line's first element lies
   * @param inStep from an element to the next of its line
   * @param inLine from a line to the next
   * @param lines number of lines
   * @param bytes of an element's channels
   */
  abstract void map(
      ByteBuffer source,
      int in,
      int inStep,
      int inLine,
      ByteBuffer target,
      int out,
      int outStep,
      int outLine,
      int lines,
      int bytes);

  /** Fills with zeros; the bytes are a multiple of a vector register's. */
  static void clear(ByteBuffer buffer, int at, int bytes) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = at; i < at + bytes; i += STEP) {
      put(zero, buffer, i);
    }
  }

  /** Adds {@code source} to {@code target}. */
  static void add(ByteBuffer source, int in, ByteBuffer target, int out, int bytes) {
    for (int i = 0; i < bytes; i += STEP) {
      put(get(target, out + i).add(get(source, in + i)), target, out + i);
    }
  }

  /** Adds a bias to {@code target}; negative sums become 0 where {@code relu}. */
  static void addBias(ByteBuffer bias, ByteBuffer target, int out, int bytes, boolean relu) {
    for (int i = 0; i < bytes; i += STEP) {
      FloatVector sum = get(target, out + i).add(get(bias, i));
      put(relu ? sum.max(0f) : sum, target, out + i);
    }
  }

  /** max(0, ·) in place. */
  static void relu(ByteBuffer target, int out, int bytes) {
    for (int i = 0; i < bytes; i += STEP) {
      put(get(target, out + i).max(0f), target, out + i);
    }
  }
}
