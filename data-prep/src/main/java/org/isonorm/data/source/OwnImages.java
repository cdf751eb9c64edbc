package org.isonorm.data.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.source.FileTree.Entry;
import org.isonorm.data.source.FileTree.Kind;

/** Finds out in which of the layouts that people have their images lie, and opens it. */
public final class OwnImages {
  private OwnImages() {}

  /** What files say by their names. */
  private enum Layout {
    TABLE("a table of images (metadata.csv, metadata.jsonl)"),
    SHARDS("WebDataset shards (*.tar)"),
    ARRAYS("NumPy arrays (*.npz)"),
    IDX("MNIST's files (*-images-idx3-ubyte, *-labels-idx1-ubyte)");

    private final String label;

    Layout(String label) {
      this.label = label;
    }

    /**
     * The layout a file speaks for.
     *
     * @param alone whether it is the source itself, where every table has any name
     */
    static Optional<Layout> of(String name, boolean alone) {
      String lower = name.toLowerCase(Locale.ROOT);
      boolean table = lower.endsWith(".csv") || lower.endsWith(".tsv") || lower.endsWith(".jsonl");
      if (table && (alone || lower.startsWith("metadata."))) {
        return Optional.of(TABLE);
      }
      if (lower.endsWith(".tar")) {
        return Optional.of(SHARDS);
      }
      if (lower.endsWith(".npz")) {
        return Optional.of(ARRAYS);
      }
      return IdxFiles.isImages(lower) ? Optional.of(IDX) : Optional.empty();
    }
  }

  /**
   * Opens a source, and reads every file of it once for the checksums.
   *
   * @param source a folder or a file: a local path, or a {@code file:}, {@code hdfs:}, {@code s3a:}
   *     URI
   * @param seed of the choice of what is held out
   * @throws IOException in one sentence that names the source and what is wrong with it
   */
  public static IngestionSource open(
      String source, ImageFileSettings settings, long seed, Configuration hadoop)
      throws IOException {
    FileTree tree = new FileTree(hadoop);
    String root = tree.locate(source);
    OwnSource own = new OwnSource(source, settings, seed, hadoop);
    String name = root.substring(root.lastIndexOf('/') + 1);
    Optional<Layout> alone = Layout.of(name, true);
    if (alone.isPresent() && !isFolder(tree, root)) {
      return open(own, alone.get(), List.of(new SplitFile(root, name, null)), tree);
    }
    List<SplitFile> files = files(tree, root);
    Set<Layout> layouts = EnumSet.noneOf(Layout.class);
    for (SplitFile file : files) {
      Layout.of(file.name(), false).ifPresent(layouts::add);
      if (file.name().toLowerCase(Locale.ROOT).matches(".*\\.(tar\\.gz|tgz|npy|zip)")) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: %s is not read (unpack it; arrays are read as .npz, shards as .tar)",
                source,
                FileTree.shown(file.location())));
      }
    }
    if (layouts.isEmpty()) {
      return IngestionSource.ofFolder(ImageFolder.open(source, settings, seed, hadoop), settings);
    }
    if (layouts.size() > 1) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: it is unclear what to read, as it holds %s (must hold one of them)",
              source,
              layouts.stream().map(layout -> layout.label).collect(Collectors.joining(" and "))));
    }
    Layout layout = layouts.iterator().next();
    return open(
        own,
        layout,
        files.stream().filter(file -> Layout.of(file.name(), false).isPresent()).toList(),
        tree);
  }

  private static IngestionSource open(
      OwnSource own, Layout layout, List<SplitFile> files, FileTree tree) throws IOException {
    return switch (layout) {
      case TABLE -> ImageTable.open(own, files, tree);
      case SHARDS -> TarShards.open(own, files);
      case ARRAYS -> NumpyArrays.open(own, files);
      case IDX -> IdxFiles.open(own, files);
    };
  }

  /**
   * A file, and the split that its folder is named after.
   *
   * @param split null if it is not in such a folder
   */
  record SplitFile(String location, String name, SourceSplit split) {
    /** The split by the words in its name, or by its folder; null for none. */
    SourceSplit splitByName(String source) throws IOException {
      return SourceSplit.of(source, name, List.of(), FileTree.shown(location)).orElse(split);
    }

    /** Its folder's location. */
    String folder() {
      return location.substring(0, location.lastIndexOf('/'));
    }
  }

  /** Groups files by their splits; where none has one, all are for training. */
  static Map<SourceSplit, List<SplitFile>> bySplit(String source, List<SplitFile> files)
      throws IOException {
    Map<SplitFile, Optional<SourceSplit>> splitOf = new LinkedHashMap<>();
    for (SplitFile file : files) {
      splitOf.put(file, Optional.ofNullable(file.splitByName(source)));
    }
    return SourceSplit.group(source, splitOf, SplitFile::name);
  }

  private static boolean isFolder(FileTree tree, String root) throws IOException {
    int at = root.lastIndexOf('/');
    try {
      return tree.list(root.substring(0, at)).stream()
          .anyMatch(entry -> entry.location().equals(root) && entry.kind() == Kind.FOLDER);
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** The files of a folder and of the folders in it that are named after splits. */
  private static List<SplitFile> files(FileTree tree, String root) throws IOException {
    List<SplitFile> files = new ArrayList<>();
    List<Entry> content;
    try {
      content = tree.list(root);
    } catch (FileNotFoundException e) {
      return files;
    }
    for (Entry entry : content) {
      if (entry.name().startsWith(".")) {
        continue;
      }
      if (entry.kind() == Kind.FILE) {
        files.add(new SplitFile(entry.location(), entry.name(), null));
      }
      Optional<SourceSplit> split = SourceSplit.ofFolder(entry.name());
      if (entry.kind() == Kind.FOLDER && split.isPresent()) {
        for (Entry inner : tree.list(entry.location())) {
          if (inner.kind() == Kind.FILE && !inner.name().startsWith(".")) {
            files.add(new SplitFile(inner.location(), inner.name(), split.get()));
          }
        }
      }
    }
    return files;
  }
}
