package org.isonorm.data.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.isonorm.data.source.FileTree.Entry;
import org.isonorm.data.source.FileTree.Kind;

/**
 * Finds the images of a folder and of the folders in it: first a folder's own files, then its
 * folders, both in alphabetical order.
 *
 * @param action what somebody is about to do with the source, as in "ingest"
 * @param leftOut counts what is no image
 */
record ImageWalk(String action, String source, FileTree tree, LeftOut leftOut) {
  /** Deeper than anybody sorts images; a link to a folder above itself ends here. */
  private static final int DEEPEST = 32;

  /**
   * Walks through a folder.
   *
   * @param images takes images, and links that lead nowhere
   * @throws IOException in one sentence, if a folder cannot be listed or lies too deep
   */
  void walk(String folder, Consumer<Entry> images) throws IOException {
    walk(folder, images, 0);
  }

  private void walk(String folder, Consumer<Entry> images, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot %s %s: %s is %d folders deep (does a link lead back to a folder above it?)",
              action,
              source,
              FileTree.shown(folder),
              depth));
    }
    List<Entry> folders = new ArrayList<>();
    for (Entry entry : list(folder)) {
      if (leftOut.byName(entry.name())) {
        continue;
      }
      if (entry.kind() == Kind.FOLDER) {
        folders.add(entry);
      } else if (entry.kind() == Kind.DANGLING || ImageFormat.isImage(entry.name())) {
        images.accept(entry);
      } else {
        leftOut.other(entry.name());
      }
    }
    for (Entry inner : folders) {
      walk(inner.location(), images, depth + 1);
    }
  }

  /** What a folder holds. */
  List<Entry> list(String folder) throws IOException {
    try {
      return tree.list(folder);
    } catch (FileNotFoundException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot %s %s: %s does not exist",
              action,
              source,
              FileTree.shown(folder)),
          e);
    }
  }
}
