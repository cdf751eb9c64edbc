package org.isonorm.data.source;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.SourceFile;
import org.isonorm.data.shard.Split;

/**
 * What is to be ingested, found and checked.
 *
 * @param shape of every image
 * @param slices each split's examples, cut for tasks, in index order
 * @param validationExamples of the training split, its first ones in index order, that the source
 *     means for validation; 0 if it has no such
 * @param files what the data set is made from
 */
public record IngestionSource(
    String dataset,
    List<String> classNames,
    List<String> coarseClassNames,
    ImageShape shape,
    Map<Split, List<SourceSlice>> slices,
    int validationExamples,
    List<SourceFile> files) {
  /**
   * Examples a task makes: enough tasks for any cluster that CIFAR needs, few enough to start
   * quickly.
   */
  static final int SLICE = 2_500;

  /** Bytes of image files that a task reads, about: a second or two of decoding. */
  private static final long SLICE_BYTES = 16L << 20;

  public int examples(Split split) {
    return slices.get(split).stream().mapToInt(SourceSlice::size).sum();
  }

  public static IngestionSource ofSynthetic(SyntheticSettings settings, long seed) {
    SyntheticDataset images = new SyntheticDataset(settings.classes(), seed);
    return new IngestionSource(
        DatasetKind.SYNTHETIC.id(),
        images.classNames(),
        List.of(),
        ImageShape.CIFAR,
        Map.of(
            Split.TRAIN, syntheticSlices(images, Split.TRAIN, settings.trainExamples()),
            Split.TEST, syntheticSlices(images, Split.TEST, settings.testExamples())),
        0,
        List.of());
  }

  public static IngestionSource ofCifar(CifarCopy copy) {
    return new IngestionSource(
        copy.format().dataset().id(),
        copy.classNames(),
        copy.coarseClassNames(),
        ImageShape.CIFAR,
        Map.of(
            Split.TRAIN, cifarSlices(copy, Split.TRAIN),
            Split.TEST, cifarSlices(copy, Split.TEST)),
        0,
        copy.files());
  }

  public static IngestionSource ofFolder(ImageFolder folder, ImageFileSettings settings) {
    Map<Split, List<SourceSlice>> slices = new EnumMap<>(Split.class);
    folder
        .images()
        .forEach(
            (split, images) -> {
              List<SourceSlice> ofSplit = new ArrayList<>();
              for (int first = 0; first < images.size(); ) {
                int end = endOfSlice(i -> images.get(i).bytes(), first, images.size());
                List<ImageFolder.Labelled> part = List.copyOf(images.subList(first, end));
                ofSplit.add(new SourceSlice.Files(part, settings, folder.shape(), first));
                first = end;
              }
              slices.put(split, ofSplit);
            });
    return new IngestionSource(
        DatasetKind.FOLDER.id(),
        folder.classNames(),
        List.of(),
        folder.shape(),
        slices,
        folder.validationExamples(),
        folder.files());
  }

  /** Where the slice of some of so many files ends. */
  static int endOfSlice(IntToLongFunction bytesOf, int first, int files) {
    long bytes = 0;
    int end = first;
    while (end < files && end - first < SLICE && bytes < SLICE_BYTES) {
      bytes += bytesOf.applyAsLong(end++);
    }
    return end;
  }

  public static IngestionSource ofHuggingFace(HuggingFaceCopy copy, ImageFileSettings settings) {
    Map<Split, List<SourceSlice>> slices = new EnumMap<>(Split.class);
    copy.groups()
        .forEach(
            (split, groups) -> {
              List<SourceSlice> ofSplit = new ArrayList<>();
              int index = 0;
              for (HuggingFaceCopy.RowGroup group : groups) {
                ofSplit.add(
                    new SourceSlice.HuggingFace(
                        copy.columns(), group, settings, copy.shape(), index));
                index += group.rows();
              }
              slices.put(split, ofSplit);
            });
    return new IngestionSource(
        copy.name(),
        copy.classNames(),
        copy.coarseClassNames(),
        copy.shape(),
        slices,
        copy.validationExamples(),
        copy.files());
  }

  private static List<SourceSlice> syntheticSlices(
      SyntheticDataset images, Split split, int examples) {
    List<SourceSlice> slices = new ArrayList<>();
    for (int first = 0; first < examples; first += SLICE) {
      slices.add(
          new SourceSlice.Synthetic(images, split, first, Math.min(SLICE, examples - first)));
    }
    return slices;
  }

  private static List<SourceSlice> cifarSlices(CifarCopy copy, Split split) {
    List<SourceSlice> slices = new ArrayList<>();
    int index = 0;
    for (CifarCopy.Batch batch : copy.batches().get(split)) {
      for (int record = 0; record < batch.records(); record += SLICE) {
        int size = Math.min(SLICE, batch.records() - record);
        slices.add(new SourceSlice.Cifar(copy.format(), batch.file(), record, index, size));
        index += size;
      }
    }
    return slices;
  }
}
