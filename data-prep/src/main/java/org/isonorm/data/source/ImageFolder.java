package org.isonorm.data.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.FileTree.Entry;
import org.isonorm.data.source.FileTree.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of image files in subfolders named by their classes, in alphabetical order of classes
 * and then of files; either below {@code train} and {@code test}, or with a part of each class held
 * out by the seed. A class folder may have folders of its own, whose images are of the class too.
 *
 * @param shape of every image, resized where that was asked for
 * @param images each split's images, in index order
 * @param files an entry a class folder: the checksum of its images, one after the other
 */
public record ImageFolder(
    List<String> classNames,
    ImageShape shape,
    Map<Split, List<Labelled>> images,
    List<SourceFile> files) {
  private static final Logger log = LoggerFactory.getLogger(ImageFolder.class);

  /** Deeper than anybody sorts images; a link to a folder above itself ends here. */
  private static final int DEEPEST = 32;

  /**
   * An image file and its class.
   *
   * @param file its location, as in {@link FileTree}
   */
  record Labelled(String file, int label, long bytes) implements Serializable {}

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

  /** The work of {@link #open}. */
  private static final class Opener {
    private final String source;
    private final ImageFileSettings settings;
    private final long seed;
    private final FileTree tree;
    private final Configuration hadoop;
    private final LeftOut leftOut = new LeftOut();
    private final Map<Split, List<Labelled>> images = new EnumMap<>(Split.class);
    private final List<SourceFile> files = new ArrayList<>();

    Opener(
        String source, ImageFileSettings settings, long seed, FileTree tree, Configuration hadoop) {
      this.source = source;
      this.settings = settings;
      this.seed = seed;
      this.tree = tree;
      this.hadoop = hadoop;
      for (Split split : Split.values()) {
        images.put(split, new ArrayList<>());
      }
    }

    public ImageFolder open(String root) throws IOException {
      Map<String, Entry> folders = folders(root);
      boolean isSplit =
          Arrays.stream(Split.values()).map(Split::directory).allMatch(folders::containsKey);
      Map<String, Entry> classes =
          isSplit ? folders(folders.get(Split.TRAIN.directory()).location()) : folders;
      List<String> classNames = List.copyOf(classes.keySet());
      if (classNames.size() < 2) {
        throw new IOException(
            "Cannot ingest %s: it has %d class folders (must be at least 2, in it or in its train and test folders)"
                .formatted(source, classNames.size()));
      }
      if (isSplit) {
        addSplit(Split.TRAIN, classes, classNames);
        addSplit(Split.TEST, folders(folders.get(Split.TEST.directory()).location()), classNames);
      } else {
        holdOut(classes, classNames);
      }
      if (!leftOut.isEmpty()) {
        log.warn("Left out of {}: {}", source, leftOut);
      }
      return new ImageFolder(classNames, shape(), images, files);
    }

    /** The shape of the first image, or of the first that can be read if others are skipped. */
    private ImageShape shape() throws IOException {
      UnreadableImageException firstProblem = null;
      for (Labelled image : images.get(Split.TRAIN)) {
        try {
          byte[] content = FileTree.read(image.file(), hadoop);
          return settings.prepare(content, FileTree.shown(image.file()), null).shape();
        } catch (UnreadableImageException e) {
          if (!settings.skipUnreadable()) {
            throw e;
          }
          firstProblem = firstProblem == null ? e : firstProblem;
        }
      }
      throw new IOException(
          "Cannot ingest %s: none of its training images can be read; the first: %s"
              .formatted(source, firstProblem == null ? "" : firstProblem.getMessage()),
          firstProblem);
    }

    private void addSplit(Split split, Map<String, Entry> classes, List<String> classNames)
        throws IOException {
      for (String name : classes.keySet()) {
        if (!classNames.contains(name)) {
          throw new IOException(
              "Cannot ingest %s: %s/%s is a class that train has not (train needs every class)"
                  .formatted(source, split.directory(), name));
        }
      }
      for (int label = 0; label < classNames.size(); label++) {
        String name = classNames.get(label);
        // The test split alone may lack a class.
        if (classes.containsKey(name)) {
          List<Labelled> ofClass = images(classes.get(name), label);
          addSource(split.directory() + "/" + name, ofClass);
          images.get(split).addAll(ofClass);
        }
      }
    }

    private void holdOut(Map<String, Entry> classes, List<String> classNames) throws IOException {
      for (int label = 0; label < classNames.size(); label++) {
        String name = classNames.get(label);
        List<Labelled> ofClass = images(classes.get(name), label);
        addSource(name, ofClass);
        int[] order =
            Permutation.sample(
                ofClass.size(), RandomStream.HELD_OUT.generator(seed, label, ofClass.size()));
        int held = (int) Math.round(settings.testFraction() * ofClass.size());
        // A class of few images is held out in part too, as long as one is left to learn from.
        held = Math.min(Math.max(held, 1), ofClass.size() - 1);
        int[] test = Arrays.copyOf(order, held);
        int[] train = Arrays.copyOfRange(order, held, order.length);
        images.get(Split.TEST).addAll(sorted(test, ofClass));
        images.get(Split.TRAIN).addAll(sorted(train, ofClass));
      }
      if (images.get(Split.TEST).isEmpty()) {
        throw new IOException(
            "Cannot ingest %s: every class has one image (must be at least 2, of which one is held out)"
                .formatted(source));
      }
    }

    private static List<Labelled> sorted(int[] chosen, List<Labelled> files) {
      return Arrays.stream(chosen).sorted().mapToObj(files::get).toList();
    }

    private void addSource(String name, List<Labelled> ofClass) throws IOException {
      MessageDigest sha256 = Checksums.sha256();
      long bytes = 0;
      for (Labelled image : ofClass) {
        try {
          byte[] content = FileTree.read(image.file(), hadoop);
          sha256.update(content);
          bytes += content.length;
        } catch (UnreadableImageException e) {
          if (!settings.skipUnreadable()) {
            throw e;
          }
        }
      }
      files.add(new SourceFile(name, bytes, Checksums.hex(sha256)));
    }

    /** The folders in a folder by their names, in alphabetical order. */
    private Map<String, Entry> folders(String folder) throws IOException {
      Map<String, Entry> folders = new TreeMap<>();
      for (Entry entry : list(folder)) {
        if (leftOut.byName(entry.name())) {
          continue;
        }
        switch (entry.kind()) {
          case FOLDER -> folders.put(entry.name(), entry);
          case FILE -> countFile(entry.name());
          case DANGLING ->
              throw new IOException(
                  "Cannot ingest %s: %s is a link that leads nowhere (mend or remove it)"
                      .formatted(source, FileTree.shown(entry.location())));
        }
      }
      return folders;
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
      List<Labelled> images = new ArrayList<>();
      collect(folder, label, images, 0);
      if (images.isEmpty()) {
        throw new IOException(
            "Cannot ingest %s: class folder %s holds no image file (%s)"
                .formatted(source, folder.name(), ImageFormat.NAMES));
      }
      return images;
    }

    private void collect(Entry folder, int label, List<Labelled> images, int depth)
        throws IOException {
      if (depth > DEEPEST) {
        throw new IOException(
            "Cannot ingest %s: %s is %d folders deep (does a link lead back to a folder above it?)"
                .formatted(source, FileTree.shown(folder.location()), depth));
      }
      List<Entry> folders = new ArrayList<>();
      for (Entry entry : list(folder.location())) {
        if (leftOut.byName(entry.name())) {
          continue;
        }
        if (entry.kind() == Kind.FOLDER) {
          folders.add(entry);
        } else if (ImageFormat.isImage(entry.name())) {
          images.add(new Labelled(entry.location(), label, entry.bytes()));
        } else if (entry.kind() == Kind.FILE) {
          leftOut.other(entry.name());
        } else {
          throw new IOException(
              "Cannot ingest %s: %s is a link that leads nowhere (mend or remove it)"
                  .formatted(source, FileTree.shown(entry.location())));
        }
      }
      for (Entry inner : folders) {
        collect(inner, label, images, depth + 1);
      }
    }

    private List<Entry> list(String folder) throws IOException {
      try {
        return tree.list(folder);
      } catch (FileNotFoundException e) {
        throw new IOException(
            "Cannot ingest %s: %s does not exist".formatted(source, FileTree.shown(folder)), e);
      }
    }
  }
}
