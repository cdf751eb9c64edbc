package org.isonorm.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.isonorm.data.shard.Checksums;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;

/** Turns arrays of pixels with their labels into a source. */
final class PixelArrays {
  /** An array and a label an image. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Labelled(PixelArray array, int[] labels) {}

  private PixelArrays() {}

  static IngestionSource source(
      OwnSource own, Map<SourceSplit, Labelled> found, List<SourceFile> files) throws IOException {
    if (own.settings().keepEncoded()) {
      throw own.refused(
          "its images are pixels, not files that could be kept (leave --keep-encoded out)");
    }
    Labelled training = found.get(SourceSplit.TRAIN);
    if (training == null) {
      throw own.refused("it has no training images (must have a train split)");
    }
    int greatest = 0;
    ImageShape shape = training.array().prepared(own.settings());
    for (Labelled labelled : found.values()) {
      check(own, labelled, shape);
      greatest = Math.max(greatest, IntStream.of(labelled.labels()).max().orElse(0));
    }
    List<String> classNames = own.numbered(greatest);
    List<SourceSlice> train = new ArrayList<>();
    int validation = 0;
    if (found.containsKey(SourceSplit.VALIDATION)) {
      validation =
          add(
              train,
              own,
              shape,
              found.get(SourceSplit.VALIDATION),
              all(found.get(SourceSplit.VALIDATION)));
    }
    List<SourceSlice> test = new ArrayList<>();
    if (found.containsKey(SourceSplit.TEST)) {
      own.settings().requireNoTestFraction(own.source());
      add(train, own, shape, training, all(training));
      add(test, own, shape, found.get(SourceSplit.TEST), all(found.get(SourceSplit.TEST)));
    } else {
      BitSet held = own.holdOut(training.labels());
      BitSet rest = all(training);
      rest.andNot(held);
      add(train, own, shape, training, rest);
      add(test, own, shape, training, held);
    }
    Map<Split, List<SourceSlice>> slices = new EnumMap<>(Split.class);
    slices.put(Split.TRAIN, train);
    slices.put(Split.TEST, test);
    return new IngestionSource(
        DatasetKind.FOLDER.id(), classNames, List.of(), shape, slices, validation, files);
  }

  private static void check(OwnSource own, Labelled labelled, ImageShape shape) throws IOException {
    PixelArray array = labelled.array();
    if (array.images() == 0 || labelled.labels().length != array.images()) {
      throw own.refused(
          String.format(
              Locale.ROOT,
              "%s has %d images and %d labels (must have a label an image, and at least one)",
              array.shown(),
              array.images(),
              labelled.labels().length));
    }
    own.settings().refuse("of " + array.shown(), array.prepared(own.settings()), shape);
    for (int label : labelled.labels()) {
      if (label < 0 || label >= Short.MAX_VALUE) {
        throw own.refused(
            String.format(
                Locale.ROOT,
                "%s has the label %d (must be 0 to %d)",
                array.shown(),
                label,
                Short.MAX_VALUE - 1));
      }
    }
  }

  private static BitSet all(Labelled labelled) {
    BitSet all = new BitSet();
    all.set(0, labelled.labels().length);
    return all;
  }

  private static int add(
      List<SourceSlice> slices, OwnSource own, ImageShape shape, Labelled labelled, BitSet chosen) {
    int index = slices.stream().mapToInt(SourceSlice::size).sum();
    int count = 0;
    for (int first = 0; first < labelled.labels().length; first += IngestionSource.SLICE) {
      int to = Math.min(first + IngestionSource.SLICE, labelled.labels().length);
      BitSet ofSlice = chosen.get(first, to);
      if (!ofSlice.isEmpty()) {
        slices.add(
            new SourceSlice.Pixels(
                labelled.array(),
                first,
                ofSlice,
                Arrays.copyOfRange(labelled.labels(), first, to),
                own.settings(),
                shape,
                index + count));
        count += ofSlice.cardinality();
      }
    }
    return count;
  }

  /** The checksum of a file. */
  static SourceFile checksum(OwnSource own, String location, String name) throws IOException {
    MessageDigest sha256 = Checksums.sha256();
    try (InputStream in = new DigestInputStream(FileTree.open(location, own.hadoop()), sha256)) {
      long bytes = in.transferTo(OutputStream.nullOutputStream());
      return new SourceFile(name, bytes, Checksums.hex(sha256));
    }
  }
}
