package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.FileTree.Entry;
import org.isonorm.data.source.FileTree.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of image files in subfolders named by their classes, in alphabetical order of classes
 * and then of files; either below {@code train}, {@code val} and {@code test} or other words of
 * {@link SourceSplit}, or with a part of each class held out by the seed. A class folder may have
 * folders of its own, whose images are of the class too.
 *
 * @param shape of every image, resized where that was asked for
 * @param images each split's images, in index order; the validation images are the first of the
 *     training split
 * @param validationExamples images of the validation split that it came with; 0 for none
 * @param files an entry a class folder: the checksum of its images, one after the other
 */
public record ImageFolder(
    List<String> classNames,
    ImageShape shape,
    Map<Split, List<Labelled>> images,
    int validationExamples,
    List<SourceFile> files) {
  private static final Logger log = LoggerFactory.getLogger(ImageFolder.class);

  /**
   * An image file and its class.
   *
   * @param file its location, as in {@link FileTree}
   * @param offset where it begins in that file, if it is a part of a larger one; else -1
   */
  record Labelled(String file, int label, long bytes, long offset) implements Serializable {
    Labelled(String file, int label, long bytes) {
      this(file, label, bytes, -1);
    }

    byte[] read(Configuration hadoop) throws IOException {
      return offset < 0
          ? FileTree.read(file, hadoop)
          : FileTree.read(file, offset, Math.toIntExact(bytes), hadoop);
    }

    /** As people read it. */
    String shown() {
      return FileTree.shown(file) + (offset < 0 ? "" : " at byte " + offset);
    }
  }

  /**
   * Opens a folder, and reads every file of it once for the checksums.
   *
   * @param source a local path, or a {@code file:}, {@code hdfs:}, {@code s3a:} URI
   * @param seed of the choice of what is held out
   * @throws IOException in one sentence that names the folder and what is wrong with it
   */
  public static ImageFolder open(
      String source, ImageFileSettings settings, long seed, Configuration hadoop)
      throws IOException {
    FileTree tree = new FileTree(hadoop);
    return new Opener(source, settings, seed, tree, hadoop).open(tree.locate(source));
  }

  /** The shape of the first image, or of the first that can be read if others are skipped. */
  static ImageShape shape(
      String source, List<Labelled> train, ImageFileSettings settings, Configuration hadoop)
      throws IOException {
    UnreadableImageException firstProblem = null;
    for (Labelled image : train) {
      try {
        return settings.prepareFirst(image.read(hadoop), image.shown()).shape();
      } catch (UnreadableImageException e) {
        if (!settings.skipUnreadable()) {
          throw e;
        }
        firstProblem = firstProblem == null ? e : firstProblem;
      }
    }
    throw new IOException(
        String.format(
            Locale.ROOT,
            "Cannot ingest %s: none of its training images can be read; the first: %s",
            source,
            firstProblem == null ? "" : firstProblem.getMessage()),
        firstProblem);
  }

  /** The work of {@link #open}. */
  private static final class Opener {
    private final String source;
    private final ImageFileSettings settings;
    private final long seed;
    private final Configuration hadoop;
    private final LeftOut leftOut = new LeftOut();
    private final ImageWalk walk;
    private final Map<Split, List<Labelled>> images = new EnumMap<>(Split.class);
    private final List<SourceFile> files = new ArrayList<>();

    Opener(
        String source, ImageFileSettings settings, long seed, FileTree tree, Configuration hadoop) {
      this.source = source;
      this.settings = settings;
      this.seed = seed;
      this.hadoop = hadoop;
      this.walk = new ImageWalk("ingest", source, tree, leftOut);
      for (Split split : Split.values()) {
        images.put(split, new ArrayList<>());
      }
    }

    public ImageFolder open(String root) throws IOException {
      Map<String, Entry> folders = folders(root);
      Map<SourceSplit, Entry> splits = splits(folders);
      Map<String, Entry> classes =
          splits.isEmpty() ? folders : folders(splits.get(SourceSplit.TRAIN).location());
      List<String> classNames = List.copyOf(classes.keySet());
      if (classNames.size() < 2) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it has %d class folders (must be at least 2, in it or in its train, val and test folders)",
                source,
                classNames.size()));
      }
      List<Labelled> train = images.get(Split.TRAIN);
      if (splits.containsKey(SourceSplit.VALIDATION)) {
        addSplit(splits.get(SourceSplit.VALIDATION), null, train, classNames);
      }
      int validation = train.size();
      if (splits.containsKey(SourceSplit.TEST)) {
        settings.requireNoTestFraction(source);
        addSplit(splits.get(SourceSplit.TRAIN), classes, train, classNames);
        addSplit(splits.get(SourceSplit.TEST), null, images.get(Split.TEST), classNames);
      } else {
        String prefix = splits.isEmpty() ? "" : splits.get(SourceSplit.TRAIN).name() + "/";
        holdOut(prefix, classes, classNames);
      }
      if (!leftOut.isEmpty()) {
        log.warn("Left out of {}: {}", source, leftOut);
      }
      ImageShape shape = shape(source, train, settings, hadoop);
      return new ImageFolder(classNames, shape, images, validation, files);
    }

    /** The folders of the splits; none if the folders are those of classes. */
    private Map<SourceSplit, Entry> splits(Map<String, Entry> folders) throws IOException {
      Map<SourceSplit, Entry> splits = new EnumMap<>(SourceSplit.class);
      for (Entry folder : folders.values()) {
        SourceSplit split = SourceSplit.ofFolder(folder.name()).orElse(null);
        // A class may be called train too; but its folder holds images then.
        if (split != null && hasFolders(folder) && splits.put(split, folder) != null) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "Cannot ingest %s: it has several folders of the %s split (must have one)",
                  source,
                  split.label()));
        }
      }
      if (splits.isEmpty()) {
        return splits;
      }
      if (splits.size() < folders.size() || !splits.containsKey(SourceSplit.TRAIN)) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: it is unclear what its folders are: %s (must be those of classes alone, or train with class folders in it and, if there are any, val and test beside it)",
                source,
                String.join(", ", folders.keySet())));
      }
      return splits;
    }

    private boolean hasFolders(Entry folder) throws IOException {
      return walk.list(folder.location()).stream()
          .anyMatch(entry -> entry.kind() == Kind.FOLDER && !entry.name().startsWith("."));
    }

    /**
     * Adds the images of a split.
     *
     * @param known its class folders, or null if they are to be listed
     */
    private void addSplit(
        Entry split, Map<String, Entry> known, List<Labelled> target, List<String> classNames)
        throws IOException {
      Map<String, Entry> classes = known == null ? folders(split.location()) : known;
      for (String name : classes.keySet()) {
        if (!classNames.contains(name)) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "Cannot ingest %s: %s/%s is a class that train has not (train needs every class)",
                  source,
                  split.name(),
                  name));
        }
      }
      for (int label = 0; label < classNames.size(); label++) {
        String name = classNames.get(label);
        // Other splits than the training split may lack a class.
        if (classes.containsKey(name)) {
          List<Labelled> ofClass = images(classes.get(name), label);
          addSource(split.name() + "/" + name, ofClass);
          target.addAll(ofClass);
        }
      }
    }

    private void holdOut(String prefix, Map<String, Entry> classes, List<String> classNames)
        throws IOException {
      List<Labelled> all = new ArrayList<>();
      for (int label = 0; label < classNames.size(); label++) {
        String name = classNames.get(label);
        List<Labelled> ofClass = images(classes.get(name), label);
        addSource(prefix + name, ofClass);
        all.addAll(ofClass);
      }
      BitSet held =
          HeldOut.choose(
              all.stream().mapToInt(Labelled::label).toArray(), settings.testFraction(), seed);
      if (held.isEmpty()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: every class has one image (must be at least 2, of which one is held out)",
                source));
      }
      for (int i = 0; i < all.size(); i++) {
        images.get(held.get(i) ? Split.TEST : Split.TRAIN).add(all.get(i));
      }
    }

    private void addSource(String name, List<Labelled> ofClass) throws IOException {
      files.add(new OwnSource(source, settings, seed, hadoop).checksum(name, ofClass));
    }

    /** The folders in a folder by their names, in alphabetical order. */
    private Map<String, Entry> folders(String folder) throws IOException {
      Map<String, Entry> folders = new TreeMap<>();
      for (Entry entry : walk.list(folder)) {
        if (leftOut.byName(entry.name())) {
          continue;
        }
        switch (entry.kind()) {
          case FOLDER -> folders.put(entry.name(), entry);
          case FILE -> countFile(entry.name());
          case DANGLING -> throw leadsNowhere(entry);
        }
      }
      return folders;
    }

    private IOException leadsNowhere(Entry entry) {
      return new IOException(
          String.format(
              Locale.ROOT,
              "Cannot ingest %s: %s is a link that leads nowhere (mend or remove it)",
              source,
              FileTree.shown(entry.location())));
    }

    private void countFile(String name) {
      if (ImageFormat.isImage(name)) {
        leftOut.withoutClass();
      } else {
        leftOut.other(name);
      }
    }

    /** The images of a class folder and of the folders in it. */
    private List<Labelled> images(Entry folder, int label) throws IOException {
      List<Entry> found = new ArrayList<>();
      walk.walk(folder.location(), found::add);
      List<Labelled> images = new ArrayList<>();
      for (Entry entry : found) {
        if (entry.kind() == Kind.DANGLING && !ImageFormat.isImage(entry.name())) {
          throw leadsNowhere(entry);
        }
        images.add(new Labelled(entry.location(), label, entry.bytes()));
      }
      if (images.isEmpty()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot ingest %s: class folder %s holds no image file (%s)",
                source,
                folder.name(),
                ImageFormat.NAMES));
      }
      return images;
    }
  }
}
