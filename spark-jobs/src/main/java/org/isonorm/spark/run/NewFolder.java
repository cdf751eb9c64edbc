package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.isonorm.spark.storage.FolderLock;

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
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot create %s %s: %s (choose another --output)",
              kind,
              path,
              AtomicFiles.reason(e)),
          e);
    }
  }

  /**
   * Checks that the folder may be had.
   *
   * @throws IllegalArgumentException if there is something in it already
   */
  public void check() throws IOException {
    if (!Files.exists(path)) {
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
