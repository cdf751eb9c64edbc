package org.isonorm.data.source;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of PNG and JPEG files in subfolders named by their classes, in alphabetical order of
 * classes and then of files; either below {@code train} and {@code test}, or with a part of each
 * class held out by the seed.
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

  private static final List<String> EXTENSIONS = List.of(".png", ".jpg", ".jpeg");

  /** An image file and its class. */
  record Labelled(String file, int label) implements Serializable {}

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
    Path path = new Path(source);
    return new Opener(source, settings, seed, path.getFileSystem(hadoop))
        .open(path.getFileSystem(hadoop).makeQualified(path));
  }

  /** The work of {@link #open}. */
  private static final class Opener {
    private final String source;
    private final ImageFileSettings settings;
    private final long seed;
    private final FileSystem fileSystem;
    private final Map<Split, List<Labelled>> images = new EnumMap<>(Split.class);
    private final List<SourceFile> files = new ArrayList<>();

    Opener(String source, ImageFileSettings settings, long seed, FileSystem fileSystem) {
      this.source = source;
      this.settings = settings;
      this.seed = seed;
      this.fileSystem = fileSystem;
      for (Split split : Split.values()) {
        images.put(split, new ArrayList<>());
      }
    }

    public ImageFolder open(Path root) throws IOException {
      List<String> folders = folders(root);
      boolean isSplit =
          Arrays.stream(Split.values()).map(Split::directory).allMatch(folders::contains);
      List<String> classNames =
          isSplit ? folders(new Path(root, Split.TRAIN.directory())) : folders;
      if (classNames.size() < 2) {
        throw new IOException(
            "Cannot ingest %s: it has %d class folders (must be at least 2, in it or in its train and test folders)"
                .formatted(source, classNames.size()));
      }
      if (isSplit) {
        for (Split split : Split.values()) {
          addSplit(split, new Path(root, split.directory()), classNames);
        }
      } else {
        holdOut(root, classNames);
      }
      String first = images.get(Split.TRAIN).get(0).file();
      ImageShape shape = settings.prepare(read(new Path(first)), first, null).shape();
      return new ImageFolder(classNames, shape, images, files);
    }

    private void addSplit(Split split, Path folder, List<String> classNames) throws IOException {
      for (String name : folders(folder)) {
        if (!classNames.contains(name)) {
          throw new IOException(
              "Cannot ingest %s: %s/%s is a class that train has not (train needs every class)"
                  .formatted(source, split.directory(), name));
        }
      }
      for (int label = 0; label < classNames.size(); label++) {
        String name = classNames.get(label);
        Path classFolder = new Path(folder, name);
        boolean mayLack = split == Split.TEST && !fileSystem.exists(classFolder);
        if (!mayLack) {
          List<Path> ofClass = images(classFolder);
          addSource(split.directory() + "/" + name, ofClass);
          add(split, ofClass, label);
        }
      }
    }

    private void holdOut(Path root, List<String> classNames) throws IOException {
      for (int label = 0; label < classNames.size(); label++) {
        List<Path> ofClass = images(new Path(root, classNames.get(label)));
        addSource(classNames.get(label), ofClass);
        int[] order =
            Permutation.sample(
                ofClass.size(), RandomStream.HELD_OUT.generator(seed, label, ofClass.size()));
        int held = (int) Math.round(settings.testFraction() * ofClass.size());
        // A class of few images is held out in part too, as long as one is left to learn from.
        held = Math.min(Math.max(held, 1), ofClass.size() - 1);
        int[] test = Arrays.copyOf(order, held);
        int[] train = Arrays.copyOfRange(order, held, order.length);
        add(Split.TEST, sorted(test, ofClass), label);
        add(Split.TRAIN, sorted(train, ofClass), label);
      }
      if (images.get(Split.TEST).isEmpty()) {
        throw new IOException(
            "Cannot ingest %s: every class has one image (must be at least 2, of which one is held out)"
                .formatted(source));
      }
    }

    private static List<Path> sorted(int[] chosen, List<Path> files) {
      return Arrays.stream(chosen).sorted().mapToObj(files::get).toList();
    }

    private void add(Split split, List<Path> ofClass, int label) {
      for (Path file : ofClass) {
        images.get(split).add(new Labelled(file.toString(), label));
      }
    }

    private void addSource(String name, List<Path> ofClass) throws IOException {
      MessageDigest sha256 = Checksums.sha256();
      long bytes = 0;
      for (Path file : ofClass) {
        byte[] content = read(file);
        sha256.update(content);
        bytes += content.length;
      }
      files.add(new SourceFile(name, bytes, Checksums.hex(sha256)));
    }

    private byte[] read(Path file) throws IOException {
      try (InputStream in = fileSystem.open(file)) {
        return in.readAllBytes();
      }
    }

    /** Names of the folders in a folder, hidden ones left out, in alphabetical order. */
    private List<String> folders(Path folder) throws IOException {
      return Arrays.stream(list(folder))
          .filter(FileStatus::isDirectory)
          .map(status -> status.getPath().getName())
          .filter(name -> !isHidden(name))
          .sorted()
          .toList();
    }

    private List<Path> images(Path folder) throws IOException {
      FileStatus[] content = list(folder);
      List<Path> images =
          Arrays.stream(content)
              .filter(FileStatus::isFile)
              .map(FileStatus::getPath)
              .filter(file -> isImage(file.getName()))
              .sorted(Comparator.comparing(Path::getName))
              .toList();
      if (images.isEmpty()) {
        throw new IOException(
            "Cannot ingest %s: class folder %s holds no .png, .jpg or .jpeg file"
                .formatted(source, folder.getName()));
      }
      if (images.size() < content.length) {
        log.warn(
            "Left out {} entries of {} that are no PNG or JPEG files",
            content.length - images.size(),
            folder);
      }
      return images;
    }

    private FileStatus[] list(Path folder) throws IOException {
      try {
        return fileSystem.listStatus(folder);
      } catch (FileNotFoundException e) {
        throw new IOException("Cannot ingest %s: %s does not exist".formatted(source, folder), e);
      }
    }

    private static boolean isImage(String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      return !isHidden(name) && EXTENSIONS.stream().anyMatch(lower::endsWith);
    }

    private static boolean isHidden(String name) {
      return name.startsWith(".") || name.startsWith("_");
    }
  }
}
