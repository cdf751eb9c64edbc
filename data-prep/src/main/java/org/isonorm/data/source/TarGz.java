package org.isonorm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.isonorm.data.shard.Unreadable;

/** Reads tar.gz archives without trusting them. */
public final class TarGz {
  /** Four times the larger CIFAR archive: what packs more into few bytes is an attack. */
  private static final long MOST_BYTES = 1L << 30;

  private TarGz() {}

  /** Decides where an archive's files go. */
  public interface Target {
    /**
     * Opens the place for a file.
     *
     * @param name its path inside the archive: relative, without {@code ..}
     * @return where its bytes go, or null to skip it
     */
    OutputStream open(String name) throws IOException;
  }

  /**
   * Hands every file of the archive to the target. Folders are implied by the names of the files in
   * them.
   *
   * @param bytes the archive's bytes; read to their end, not closed
   * @param archive its name, for messages
   * @throws IOException in one sentence if the bytes are no tar.gz archive or end early, or if an
   *     entry is a link, a device or a path that leads out of the target
   */
  public static void unpack(InputStream bytes, String archive, Target target) throws IOException {
    try {
      // By the type that has had this method in every version: a cluster's Spark brings its own.
      ArchiveInputStream<TarArchiveEntry> tar = new TarArchiveInputStream(gunzip(bytes, archive));
      boolean empty = true;
      long unpacked = 0;
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        empty = false;
        checkEntry(entry, archive);
        if (entry.isFile()) {
          unpacked += entry.getSize();
          if (unpacked > MOST_BYTES) {
            throw new IOException(
                String.format(
                    Locale.ROOT,
                    "Cannot unpack %s: its files are larger than %d MiB together (no CIFAR archive is)",
                    archive,
                    MOST_BYTES >> 20));
          }
          try (OutputStream out = target.open(entry.getName())) {
            if (out != null) {
              tar.transferTo(out);
            }
          }
        }
      }
      if (empty) {
        throw new IOException(
            String.format(Locale.ROOT, "Cannot read %s: it is an empty archive", archive));
      }
      bytes.transferTo(OutputStream.nullOutputStream());
    } catch (EOFException e) {
      throw new IOException(
          String.format(
              Locale.ROOT, "Cannot read %s: the archive is damaged or ends early", archive),
          e);
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().startsWith("Cannot ")) {
        throw e;
      }
      throw new IOException(
          String.format(Locale.ROOT, "Cannot unpack %s: %s", archive, Unreadable.reason(e)), e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          String.format(
              Locale.ROOT, "Cannot unpack %s: it asks for more memory than there is", archive),
          e);
    } catch (RuntimeException e) {
      // Thrown for header fields that are not numbers, and by what does not expect such.
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read %s: it is not a tar.gz archive", archive), e);
    }
  }

  private static InputStream gunzip(InputStream bytes, String archive) throws IOException {
    try {
      return new GzipCompressorInputStream(bytes, true);
    } catch (EOFException e) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot read %s: it is not a tar.gz archive", archive), e);
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().contains(".gz format")) {
        throw new IOException(
            String.format(Locale.ROOT, "Cannot read %s: it is not a tar.gz archive", archive), e);
      }
      throw e;
    }
  }

  private static void checkEntry(TarArchiveEntry entry, String archive) throws IOException {
    String name = entry.getName();
    String shown = name.replaceAll("\\p{Cntrl}|[\\u0085\\u2028\\u2029]", "?"); // one line
    boolean device =
        entry.isCharacterDevice() || entry.isBlockDevice() || entry.isFIFO() || entry.isSparse();
    if (device || entry.isLink() || entry.isSymbolicLink()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot unpack %s: its entry '%s' is not a plain file or folder",
              archive,
              shown));
    }
    if (name.startsWith("/")
        || name.contains("\\")
        || name.contains(":")
        || Arrays.asList(name.split("/")).contains("..")) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot unpack %s: its entry '%s' leads out of the folder it is unpacked to",
              archive,
              shown));
    }
  }
}
