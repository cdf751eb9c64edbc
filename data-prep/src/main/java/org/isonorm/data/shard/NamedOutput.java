package org.isonorm.data.shard;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.apache.hadoop.fs.FSError;

/**
 * An output whose errors are sentences that name its place: where one thing is read and another is
 * written, a full disk is not said of what was read.
 */
public final class NamedOutput extends FilterOutputStream {
  private final Object place;

  /** Writing to a place. */
  @FunctionalInterface
  public interface Writing {
    void write() throws IOException;
  }

  /**
   * Names an output.
   *
   * @param place its file or folder, for messages
   */
  public NamedOutput(OutputStream out, Object place) {
    super(out);
    this.place = place;
  }

  /**
   * Writes to a place.
   *
   * @param place its file or folder, for messages
   * @throws IOException in one sentence that names it
   */
  public static void inOneSentence(Object place, Writing writing) throws IOException {
    try {
      writing.write();
    } catch (IOException | FSError e) { // The latter is how Hadoop's local file system says it.
      throw cannotWrite(place, e);
    }
  }

  /**
   * The sentence of an error in writing to a place, or the error itself if it is one.
   *
   * @param place its file or folder, for messages
   */
  public static IOException cannotWrite(Object place, Throwable e) {
    String reason = Unreadable.sentenceOrReason(e);
    return new IOException(
        reason.startsWith("Cannot ")
            ? reason
            : String.format(
                Locale.ROOT,
                "Cannot write to %s: %s (make it writable or free some space there, or choose another)",
                place,
                reason),
        e);
  }

  @Override
  public void write(int value) throws IOException {
    inOneSentence(place, () -> out.write(value));
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    inOneSentence(place, () -> out.write(bytes, from, count));
  }

  @Override
  public void flush() throws IOException {
    inOneSentence(place, out::flush);
  }

  @Override
  public void close() throws IOException {
    inOneSentence(place, super::close);
  }
}
