package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.source.FileTree.Entry;
import org.isonorm.data.source.FileTree.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The image files of a folder and of the folders in it, whatever these mean.
 *
 * @param files in alphabetical order, a folder's own before those of the folders in it
 */
public record ImageFileList(List<ImageFile> files) {
  private static final Logger log = LoggerFactory.getLogger(ImageFileList.class);
  private static final String LOCAL = "file:";

  /**
   * An image file. Serialized to executors.
   *
   * @param location as in {@link FileTree}
   */
  public record ImageFile(String location, long bytes) implements Serializable {
    /**
     * The content, on whatever executor.
     *
     * @throws IOException in one sentence that names the file, if it cannot be read
     */
    public byte[] read(Configuration hadoop) throws IOException {
      return FileTree.read(location, hadoop);
    }

    /** The path on this machine, or the URI on another file system. */
    public String path() {
      String shown = shown();
      return shown.startsWith(LOCAL)
          ? shown.substring(LOCAL.length()).replaceFirst("^//+", "/")
          : shown;
    }

    /** As errors name it. */
    public String shown() {
      return FileTree.shown(location);
    }
  }

  /**
   * Lists a folder, or one file.
   *
   * @param source a local path, or a {@code file:}, {@code hdfs:}, {@code s3a:} URI
   * @throws IOException in one sentence, if it is not there, cannot be listed or has no image
   */
  public static ImageFileList of(String source, Configuration hadoop) throws IOException {
    FileTree tree = new FileTree(hadoop);
    String root = tree.locate(source);
    LeftOut leftOut = new LeftOut();
    ImageWalk walk = new ImageWalk("predict", source, tree, leftOut);
    List<ImageFile> files = new ArrayList<>();
    if (ImageFormat.isImage(root) && isFile(walk, root)) {
      return new ImageFileList(List.of(new ImageFile(root, 0)));
    }
    walk.walk(root, entry -> files.add(new ImageFile(entry.location(), entry.bytes())));
    if (files.isEmpty()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot predict %s: there is no image file in it (%s)",
              source,
              ImageFormat.NAMES));
    }
    if (!leftOut.isEmpty()) {
      log.warn("Left out of {}: {}", source, leftOut);
    }
    return new ImageFileList(files);
  }

  private static boolean isFile(ImageWalk walk, String root) throws IOException {
    int slash = root.lastIndexOf('/');
    // What lies in a root is in a folder all the same.
    boolean inRoot = slash == 0 || root.charAt(slash - 1) == '/';
    for (Entry entry : walk.list(root.substring(0, inRoot ? slash + 1 : slash))) {
      if (entry.location().equals(root)) {
        return entry.kind() == Kind.FILE;
      }
    }
    return false;
  }

  /**
   * The files in parts of a task each: a few megabytes, or a few thousand files if they are small.
   */
  public List<List<ImageFile>> parts() {
    List<List<ImageFile>> parts = new ArrayList<>();
    for (int first = 0; first < files.size(); ) {
      int end = IngestionSource.endOfSlice(i -> files.get(i).bytes(), first, files.size());
      parts.add(List.copyOf(files.subList(first, end)));
      first = end;
    }
    return parts;
  }
}
