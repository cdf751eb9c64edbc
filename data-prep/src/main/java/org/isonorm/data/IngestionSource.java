package org.isonorm.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is to be ingested, found and checked.
 *
 * @param slices each split's examples, cut for tasks, in index order
 * @param files what the data set is made from
 */
record IngestionSource(
    String dataset,
    List<String> classNames,
    List<String> coarseClassNames,
    Map<Split, List<SourceSlice>> slices,
    List<SourceFile> files) {
  /**
   * Examples a task makes: enough tasks for any cluster that CIFAR needs, few enough to start
   * quickly.
   */
  private static final int SLICE = 2_500;

  int examples(Split split) {
    return slices.get(split).stream().mapToInt(SourceSlice::size).sum();
  }

  static IngestionSource ofSynthetic(SyntheticSettings settings, long seed) {
    SyntheticDataset images = new SyntheticDataset(settings.classes(), seed);
    return new IngestionSource(
        DatasetKind.SYNTHETIC.id(),
        images.classNames(),
        List.of(),
        Map.of(
            Split.TRAIN, syntheticSlices(images, Split.TRAIN, settings.trainExamples()),
            Split.TEST, syntheticSlices(images, Split.TEST, settings.testExamples())),
        List.of());
  }

  static IngestionSource ofCifar(CifarCopy copy) {
    return new IngestionSource(
        copy.format().dataset().id(),
        copy.classNames(),
        copy.coarseClassNames(),
        Map.of(
            Split.TRAIN, cifarSlices(copy, Split.TRAIN),
            Split.TEST, cifarSlices(copy, Split.TEST)),
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
