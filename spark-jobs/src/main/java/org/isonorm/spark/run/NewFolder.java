package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.isonorm.spark.storage.FolderLock;
import org.isonorm.spark.storage.ShellLine;

/**
 * The folder that a new run or a new grid asks for. Lives on the driver.
 *
 * @param path the folder
 * @param kind what is to be made in it, as in "run folder"
 * @param parts the folder in it that is made first
 * @param resume how one goes on with what is there already, as in "--resume"
 */
public record NewFolder(Path path, String kind, String parts, String resume) {
  /** The resolved configuration in the folder of a run or a grid, HOCON. */
  public static final String CONFIG = "config.conf";

  /** The folder in a run's that its checkpoints are in. */
  static final String CHECKPOINTS = "checkpoints";

  /** The folder in a grid's that its trials are in. */
  public static final String TRIALS = "trials";

  /** That of a run. */
  static NewFolder ofRun(Path path) {
    return new NewFolder(path, "run folder", CHECKPOINTS, "--resume");
  }

  /** That of a grid. */
  public static NewFolder ofGrid(Path path) {
    return new NewFolder(path, "grid folder", TRIALS, ShellLine.of("--resume", path));
  }

  /** Whether a run was begun in the folder, which may be none. */
  public static boolean isRun(Path folder) {
    return isBegun(folder, CHECKPOINTS);
  }

  /** Whether a grid was begun in the folder, which may be none. */
  public static boolean isGrid(Path folder) {
    return isBegun(folder, TRIALS);
  }

  private static boolean isBegun(Path folder, String parts) {
    return Files.isRegularFile(folder.resolve(CONFIG)) && Files.isDirectory(folder.resolve(parts));
  }

  /**
   * Makes the folder.
   *
   * @throws IllegalArgumentException if there is something in it already
   */
  public void create() throws IOException {
    check();
    try {
      Files.createDirectories(path.resolve(parts));
    } catch (IOException e) {
      throw cannotCreate(AtomicFiles.reason(e), e);
    }
  }

  private IOException cannotCreate(String reason, IOException cause) {
    return new IOException(
        String.format(
            Locale.ROOT, "Cannot create %s %s: %s (choose another --output)", kind, path, reason),
        cause);
  }

  /**
   * Checks that the folder may be had.
   *
   * @throws IllegalArgumentException if there is something in it already
   * @throws IOException if it cannot be made, as far as can be seen without making it
   */
  public void check() throws IOException {
    if (!Files.exists(path)) {
      checkParent();
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid output: %s is not a folder", path));
    }
    if (!isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid output: %s is not empty (%schoose another --output)",
              path,
              Files.exists(path.resolve(CONFIG))
                  ? String.format(Locale.ROOT, "go on with %s, or ", resume)
                  : ""));
    }
  }

  /** Of another file system than this machine's, asking may take as long as trying. */
  private void checkParent() throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return;
    }
    Path parent = path.toAbsolutePath().getParent();
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    if (parent != null && !Files.isDirectory(parent)) {
      throw cannotCreate(parent + " is not a folder", null);
    }
    if (parent != null && !Files.isWritable(parent)) {
      throw cannotCreate(parent + " is not yours to write to", null);
    }
  }

  /** Whether there is nothing in the folder but what one leaves that was killed as it began. */
  public boolean isEmpty() throws IOException {
    return isEmpty(path);
  }

  private boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      for (Path entry : content.toList()) {
        String name = entry.getFileName().toString();
        boolean ours =
            name.equals(FolderLock.FILE)
                || (name.equals(parts) && Files.isDirectory(entry) && isEmpty(entry));
        if (!ours) {
          return false;
        }
      }
    }
    return true;
  }
}
