package org.isonorm.data.source;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;

/** Somebody's images, and how they are taken. */
record OwnSource(String source, ImageFileSettings settings, long seed, Configuration hadoop) {
  /** An error of the whole source. */
  IOException refused(String reason) {
    return new IOException("Cannot ingest " + source + ": " + reason);
  }

  /**
   * Class names of labels: whole numbers are the classes from 0 on, as Hugging Face has them, other
   * texts are names in alphabetical order.
   */
  List<String> classNames(List<String> labels) throws IOException {
    if (labels.stream().allMatch(label -> label.matches("\\d{1,5}"))) {
      return numbered(labels.stream().mapToInt(Integer::parseInt).max().orElse(0));
    }
    List<String> names = List.copyOf(new TreeSet<>(labels));
    checkCount(names.size());
    return names;
  }

  /** Names of the classes 0 to the greatest. */
  List<String> numbered(int greatest) throws IOException {
    checkCount(greatest + 1);
    return ClassNames.numbered(greatest);
  }

  private void checkCount(int classes) throws IOException {
    String problem = ClassNames.problem(classes);
    if (!problem.isEmpty()) {
      throw refused(problem);
    }
  }

  /** The class of a label by {@link #classNames}. */
  static int label(String text, List<String> classNames) {
    int named = classNames.indexOf(text);
    return named >= 0 ? named : Integer.parseInt(text);
  }

  /** The examples that a split's test images are to be drawn from. */
  BitSet holdOut(int[] labels) throws IOException {
    BitSet held = HeldOut.choose(labels, settings.testFraction(), seed);
    if (held.isEmpty()) {
      throw refused(
          "it has no test split, and every class has one image (must be at least 2, of which one is held out)");
    }
    return held;
  }

  /** A source of image files, with a test split held out where there is none. */
  IngestionSource ofFiles(
      List<String> classNames,
      Map<SourceSplit, List<ImageFolder.Labelled>> found,
      List<SourceFile> files)
      throws IOException {
    List<ImageFolder.Labelled> training = found.getOrDefault(SourceSplit.TRAIN, List.of());
    if (training.isEmpty()) {
      throw refused("it has no training images (must have a train split)");
    }
    List<ImageFolder.Labelled> train =
        new ArrayList<>(found.getOrDefault(SourceSplit.VALIDATION, List.of()));
    int validation = train.size();
    List<ImageFolder.Labelled> test = found.getOrDefault(SourceSplit.TEST, List.of());
    if (test.isEmpty()) {
      test = new ArrayList<>();
      BitSet held = holdOut(training.stream().mapToInt(ImageFolder.Labelled::label).toArray());
      for (int i = 0; i < training.size(); i++) {
        (held.get(i) ? test : train).add(training.get(i));
      }
    } else {
      settings.requireNoTestFraction(source);
      train.addAll(training);
    }
    Map<Split, List<ImageFolder.Labelled>> images = new EnumMap<>(Split.class);
    images.put(Split.TRAIN, train);
    images.put(Split.TEST, test);
    ImageShape shape = ImageFolder.shape(source, train, settings, hadoop);
    return IngestionSource.ofFolder(
        new ImageFolder(classNames, shape, images, validation, files), settings);
  }

  /** The checksum of images that can be read, one after the other. */
  SourceFile checksum(String name, List<ImageFolder.Labelled> images) throws IOException {
    MessageDigest sha256 = Checksums.sha256();
    long bytes = 0;
    for (ImageFolder.Labelled image : images) {
      try {
        byte[] content = image.read(hadoop);
        sha256.update(content);
        bytes += content.length;
      } catch (UnreadableImageException e) {
        if (!settings.skipUnreadable()) {
          throw e;
        }
      }
    }
    return new SourceFile(name, bytes, Checksums.hex(sha256));
  }
}
