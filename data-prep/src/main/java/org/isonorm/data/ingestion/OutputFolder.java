package org.isonorm.data.ingestion;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.isonorm.data.shard.Unreadable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that a job makes: written to a hidden folder beside its place, which is renamed at the
 * very end, so that it is complete or not there. What is there already is replaced only if that was
 * asked for, and only if it is of the same kind. Lives on the driver.
 *
 * <p>(An object store such as S3 renames by copying: there a reader may meet a part of it
 * meanwhile.)
 */
public final class OutputFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OutputFolder.class);

  private final FileSystem fileSystem;
  private final Path out;
  private final Path temporary;
  private final boolean overwrite;

  private OutputFolder(FileSystem fileSystem, Path out, boolean overwrite) {
    this.fileSystem = fileSystem;
    this.out = out;
    this.overwrite = overwrite;
    this.temporary =
        new Path(
            out.getParent(),
            String.format(Locale.ROOT, ".%s.%s", out.getName(), UUID.randomUUID()));
  }

  /**
   * Begins one.
   *
   * @param folder a path or URI
   * @param overwrite whether one of the same kind is replaced
   * @param marker the file that every folder of the kind has
   * @param kind what such a folder is, as in "an ingested data set"
   * @throws IllegalArgumentException if there is something that is not to be replaced
   * @throws IOException in one sentence, if nothing can be written there
   */
  public static OutputFolder begin(
      String folder, boolean overwrite, String marker, String kind, Configuration hadoop)
      throws IOException {
    Path given = new Path(folder);
    FileSystem fileSystem = given.getFileSystem(hadoop);
    Path out = target(fileSystem.makeQualified(given));
    check(fileSystem, out, overwrite, marker, kind);
    OutputFolder begun = new OutputFolder(fileSystem, out, overwrite);
    begun.make();
    return begun;
  }

  /**
   * Where a link leads, which only the local file system has: its folder is replaced, not the link.
   */
  private static Path target(Path out) throws IOException {
    if (!"file".equals(out.toUri().getScheme())) {
      return out;
    }
    java.nio.file.Path local = java.nio.file.Path.of(out.toUri().getPath());
    if (!Files.isSymbolicLink(local)) {
      return out;
    }
    if (!Files.exists(local)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid out: %s is a link to %s, which is not there (make that folder's parent and name it instead)",
              out,
              Files.readSymbolicLink(local)));
    }
    return new Path(out.toUri().getScheme(), null, local.toRealPath().toString());
  }

  /** Checks that one may be begun, as above, before there is a job to write it. */
  public static void check(
      String folder, boolean overwrite, String marker, String kind, Configuration hadoop)
      throws IOException {
    Path given = new Path(folder);
    FileSystem fileSystem = given.getFileSystem(hadoop);
    Path out = target(fileSystem.makeQualified(given));
    check(fileSystem, out, overwrite, marker, kind);
    if ("file".equals(out.toUri().getScheme())) {
      checkWritable(out.getParent());
    }
  }

  /** Of the local file system, or of what there is of its folders. */
  private static void checkWritable(Path folder) throws IOException {
    java.nio.file.Path there = java.nio.file.Path.of(folder.toUri().getPath());
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there) || !Files.isWritable(there)) {
      throw cannotWrite(
          folder,
          Files.isDirectory(there) ? there + " is not writable" : there + " is not a folder",
          null);
    }
  }

  private static IOException cannotWrite(Path folder, String reason, Throwable cause) {
    return new IOException(
        String.format(Locale.ROOT, "Cannot write to %s: %s (choose another)", folder, reason),
        cause);
  }

  private static void check(
      FileSystem fileSystem, Path out, boolean overwrite, String marker, String kind)
      throws IOException {
    if (out.getParent() == null) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid out: %s (must be a folder below the root)", out));
    }
    if (!fileSystem.exists(out)) {
      return;
    }
    if (!fileSystem.exists(new Path(out, marker))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid out: %s %sis not %s%s (choose another)",
              out,
              overwrite ? "" : "exists and ",
              kind,
              overwrite ? ", so it is not overwritten" : ""));
    }
    if (!overwrite) {
      throw exists(out);
    }
  }

  private static IllegalArgumentException exists(Path out) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid out: %s exists (replace it with --overwrite, or choose another)",
            out));
  }

  private void make() throws IOException {
    try {
      if (!fileSystem.mkdirs(temporary)) {
        throw new IOException("its folder is not writable");
      }
    } catch (IOException e) {
      throw cannotWrite(temporary.getParent(), Unreadable.sentenceOrReason(e), e);
    }
  }

  /** The folder's place. */
  public Path out() {
    return out;
  }

  /** Where it is written. */
  public Path temporary() {
    return temporary;
  }

  public FileSystem fileSystem() {
    return fileSystem;
  }

  /**
   * Moves what was written into its place; what was there stays until its successor is ready.
   *
   * @throws IllegalArgumentException if somebody else made the folder meanwhile
   */
  public void publish() throws IOException {
    Path replaced = new Path(out.getParent(), temporary.getName() + ".replaced");
    boolean replaces = fileSystem.exists(out);
    if (replaces && !overwrite) {
      throw exists(out); // another job was faster
    }
    if (replaces && !fileSystem.rename(out, replaced)) {
      throw new IOException(
          String.format(Locale.ROOT, "Cannot replace %s: it cannot be renamed", out));
    }
    if (!fileSystem.rename(temporary, out)) {
      if (replaces) {
        fileSystem.rename(replaced, out);
      }
      throw new IOException(
          String.format(Locale.ROOT, "Cannot write to %s: %s cannot be renamed", out, temporary));
    }
    // Hadoop renames into a folder that is there, which another job may just have made.
    Path inAnothers = new Path(out, temporary.getName());
    if (fileSystem.exists(inAnothers)) {
      fileSystem.delete(inAnothers, true);
      throw exists(out);
    }
    if (replaces) {
      fileSystem.delete(replaced, true);
    }
  }

  /** Deletes what was written, if it was not published. */
  @Override
  public void close() {
    try {
      fileSystem.delete(temporary, true);
    } catch (FileNotFoundException e) {
      // It was renamed, or never made.
    } catch (IOException e) {
      log.warn("Cannot delete the temporary folder {}: {}", temporary, e.getMessage());
    }
  }
}
