package org.isonorm.data.shard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what readers of others' formats throw at broken bytes into this project's sentences. */
public final class Unreadable {
  private static final String SENTENCE = "Cannot ";

  /** As libraries quote each other's errors. */
  private static final String CLASS_NAME = "\\(?\\b[\\w.$]+(Exception|Error)\\b\\)?:?\\s*";

  /** Parquet's words for a codec whose class is not there. */
  private static final Pattern UNKNOWN_CODEC =
      Pattern.compile("Class [\\w.]*?(\\w+)Codec was not found");

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
    } catch (LinkageError e) {
      throw new IOException(nativeLibrary(file, e), e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it asks for more memory than there is (%s; it is damaged, or the heap is too small)",
              file,
              e.getMessage()),
          e);
    } catch (Error e) {
      // snappy-java's own way to say so.
      if (e.getClass().getSimpleName().equals("SnappyError")) {
        throw new IOException(nativeLibrary(file, e), e);
      }
      throw e;
    }
  }

  private static String nativeLibrary(Object file, Error e) {
    return String.format(
        Locale.ROOT,
        "Cannot read %s: its compression needs a native library, which cannot be loaded from %s: %s (if it is mounted noexec, name another folder for driver and executors: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR)",
        file,
        System.getProperty("java.io.tmpdir"),
        reason(e));
  }

  private static IOException sentence(Object file, Exception e) {
    if (e instanceof IOException known && isSentence(e)) {
      return known;
    }
    String ours = ownSentence(e);
    if (ours != null) {
      return new IOException(ours, e);
    }
    Matcher codec = UNKNOWN_CODEC.matcher(String.valueOf(e.getMessage()));
    return new IOException(
        String.format(
            Locale.ROOT,
            "Cannot read %s: %s",
            file,
            codec.find()
                ? String.format(
                    Locale.ROOT,
                    "its compression, %s, has no reader here (write it again as zstd or snappy: pyarrow.parquet.write_table(table, file, compression='zstd'))",
                    codec.group(1))
                : reason(e)),
        e);
  }

  /**
   * What an error says: this project's own sentence, the outermost if several were wrapped, as it
   * names the file; else its innermost cause. On one line.
   */
  public static String sentenceOrReason(Throwable e) {
    String ours = ownSentence(e);
    return ours == null ? innermost(e) : ours;
  }

  private static String ownSentence(Throwable e) {
    for (Throwable link = e; link != null; link = link.getCause()) {
      if (isSentence(link)) {
        return link.getMessage().lines().findFirst().orElseThrow();
      }
    }
    return null;
  }

  private static boolean isSentence(Throwable e) {
    return e.getMessage() != null && e.getMessage().startsWith(SENTENCE);
  }

  private static String innermost(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage());
    return message.lines().findFirst().orElse(message);
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
