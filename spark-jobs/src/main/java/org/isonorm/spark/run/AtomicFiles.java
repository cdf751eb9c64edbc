package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.isonorm.spark.storage.Storage;

/** Files that appear whole or not at all. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** Writes what a file is to hold to the path given. */
  @FunctionalInterface
  public interface Writer {
    /** Writes to a path beside the file, or on this machine if that is elsewhere. */
    void write(Path temporary) throws IOException;
  }

  /** Writes text to a file. */
  public static void write(Path file, String text) throws IOException {
    write(file, temporary -> Files.writeString(temporary, text));
  }

  /** Writes a file beside its place and moves it there. */
  public static void write(Path file, Writer writer) throws IOException {
    if (Storage.isRemote(file)) {
      writeRemote(file, writer);
      return;
    }
    // Not createTempFile, whose files only their owner may read.
    Path temporary = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      writer.write(temporary);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    } finally {
      discard(temporary);
    }
  }

  /** Removes what a file was written to before it took its place, if it is there and can be. */
  private static void discard(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // Its folder is none, say: that it could not be written is said by its file's own name.
    }
  }

  private static void writeRemote(Path file, Writer writer) throws IOException {
    try {
      Storage.writeLocally(file, writer::write);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /** The sentence of a file that cannot be written. */
  public static IOException cannotWrite(Path file, IOException cause) {
    return new IOException(
        String.format(Locale.ROOT, "Cannot write %s: %s", file, reason(cause)), cause);
  }

  /** Why it failed, in words: the message of a file system's error is often the path alone. */
  public static String reason(IOException e) {
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof FileAlreadyExistsException file) {
      return file.getFile() + " is in the way";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException || e.getMessage() == null) {
      return e.getClass().getSimpleName();
    }
    return e.getMessage();
  }
}
