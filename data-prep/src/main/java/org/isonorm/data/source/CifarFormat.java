package org.isonorm.data.source;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;

/**
 * The binary versions of the CIFAR data sets, as their author publishes them: what the files are
 * called, and how a record is laid out. A record is one or two label bytes, then 1,024 red, green
 * and blue bytes each, row-major.
 */
public enum CifarFormat {
  CIFAR10(
      DatasetKind.CIFAR10,
      "cifar-10-binary.tar.gz",
      "c32a1d4ab5d03f1284b67883e8d87530",
      "cifar-10-batches-bin",
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin"),
      List.of("test_batch.bin"),
      10,
      "batches.meta.txt",
      0,
      ""),
  CIFAR100(
      DatasetKind.CIFAR100,
      "cifar-100-binary.tar.gz",
      "03b5dce01913d631647c71ecec9e9cb8",
      "cifar-100-binary",
      List.of("train.bin"),
      List.of("test.bin"),
      100,
      "fine_label_names.txt",
      20,
      "coarse_label_names.txt");

  private static final int PIXELS = ImageShape.CIFAR.height() * ImageShape.CIFAR.width();
  private static final int CHANNELS = ImageShape.CIFAR.channels();

  private final DatasetKind dataset;
  private final String archive;
  private final String md5;
  private final String folder;
  private final List<String> trainBatches;
  private final List<String> testBatches;
  private final int classes;
  private final String classNames;
  private final int coarseClasses;
  private final String coarseClassNames;

  CifarFormat(
      DatasetKind dataset,
      String archive,
      String md5,
      String folder,
      List<String> trainBatches,
      List<String> testBatches,
      int classes,
      String classNames,
      int coarseClasses,
      String coarseClassNames) {
    this.dataset = dataset;
    this.archive = archive;
    this.md5 = md5;
    this.folder = folder;
    this.trainBatches = trainBatches;
    this.testBatches = testBatches;
    this.classes = classes;
    this.classNames = classNames;
    this.coarseClasses = coarseClasses;
    this.coarseClassNames = coarseClassNames;
  }

  public static CifarFormat of(DatasetKind dataset) {
    return Arrays.stream(values())
        .filter(format -> format.dataset == dataset)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "Invalid dataset: %s has no archive (must be cifar10 or cifar100)",
                        dataset)));
  }

  DatasetKind dataset() {
    return dataset;
  }

  /** Name of the published archive. */
  String archive() {
    return archive;
  }

  /** Published MD5 of the archive. */
  String md5() {
    return md5;
  }

  /** The folder inside the archive that holds every file. */
  String folder() {
    return folder;
  }

  /** The batch files of a split, in index order. */
  List<String> batches(Split split) {
    return switch (split) {
      case TRAIN -> trainBatches;
      case TEST -> testBatches;
    };
  }

  int classes() {
    return classes;
  }

  /** The file that holds a class name a line. */
  String classNames() {
    return classNames;
  }

  /** Number of coarse classes, whose label is a record's first byte; 0 for none. */
  int coarseClasses() {
    return coarseClasses;
  }

  /** The file that holds a coarse class name a line, where there are coarse classes. */
  String coarseClassNames() {
    return coarseClassNames;
  }

  /** Every file that a copy must hold. */
  List<String> files() {
    List<String> files = new ArrayList<>(trainBatches);
    files.addAll(testBatches);
    files.add(classNames);
    if (coarseClasses > 0) {
      files.add(coarseClassNames);
    }
    return files;
  }

  /** Whether any batch of this format is among those file names. */
  boolean recognizes(Set<String> names) {
    return trainBatches.stream().anyMatch(names::contains)
        || testBatches.stream().anyMatch(names::contains);
  }

  CifarFormat other() {
    return this == CIFAR10 ? CIFAR100 : CIFAR10;
  }

  int recordBytes() {
    return labelBytes() + PIXELS * CHANNELS;
  }

  /** The label of the record that starts at that offset. */
  int label(byte[] records, int offset) {
    return records[offset + labelBytes() - 1] & 0xff;
  }

  /**
   * The coarse label of the record that starts at that offset; 0 where there are no coarse classes.
   */
  int coarseLabel(byte[] records, int offset) {
    return coarseClasses > 0 ? records[offset] & 0xff : 0;
  }

  /** The image of the record that starts at that offset, turned from planes into row-major HWC. */
  byte[] image(byte[] records, int offset) {
    byte[] image = new byte[PIXELS * CHANNELS];
    for (int channel = 0; channel < CHANNELS; channel++) {
      int plane = offset + labelBytes() + channel * PIXELS;
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        image[pixel * CHANNELS + channel] = records[plane + pixel];
      }
    }
    return image;
  }

  private int labelBytes() {
    return coarseClasses > 0 ? 2 : 1;
  }
}
