package org.isonorm.data.shard;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Turns what readers of others' formats throw at broken bytes into this project's sentences. */
public final class Unreadable {
  private static final String SENTENCE = "Cannot ";

  /** As libraries quote each other's errors. */
  private static final String CLASS_NAME = "\\(?\\b[\\w.$]+(Exception|Error)\\b\\)?:?\\s*";

  private Unreadable() {}

  /** Reads something. */
  @FunctionalInterface
  public interface Reading<T> {
    T read() throws IOException;
  }

  /**
   * Reads a file.
   *
   * @param file its name, for messages
   * @throws IOException in one sentence, whatever is wrong with it: the reader's own if it is one,
   *     else one that names the file and the innermost cause
   */
  public static <T> T inOneSentence(Object file, Reading<T> reading) throws IOException {
    try {
      return reading.read();
    } catch (UncheckedIOException e) {
      throw sentence(file, e.getCause());
    } catch (IOException | RuntimeException e) {
      throw sentence(file, e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "Cannot read %s: it asks for more memory than there is (%s; it is damaged, or the heap is too small)"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static IOException sentence(Object file, Exception e) {
    if (e instanceof IOException known
        && e.getMessage() != null
        && e.getMessage().startsWith(SENTENCE)) {
      return known;
    }
    return new IOException("Cannot read %s: %s".formatted(file, reason(e)), e);
  }

  /** The innermost cause, on one line. */
  public static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? "" : root.getMessage().strip();
    return message.isEmpty() || root instanceof NullPointerException
        ? "it is damaged"
        : message.lines().findFirst().orElse("").replaceAll(CLASS_NAME, "");
  }
}
