package org.isonorm.data.augmentation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.SyntheticDataset;

/**
 * Times batches on one thread, as a worker's input thread makes them; the best of several passes.
 *
 * <pre>
 * mvn -B -q test-compile
 * java -cp 'data-prep/target/test-classes:data-prep/target/classes:spark-jobs/target/runtime/jars/*' \
 *   org.isonorm.data.augmentation.AugmentationBenchmark
 * </pre>
 */
final class AugmentationBenchmark {
  private static final int EXAMPLES = 4_096;
  private static final int BATCH = 128;
  private static final int PASSES = 15;

  private AugmentationBenchmark() {}

  public static void main(String[] arguments) {
    AugmentationSettings cropAndFlip = AugmentationSettings.CROP_AND_FLIP;
    Map<String, AugmentationSettings> all = new LinkedHashMap<>();
    all.put("none", AugmentationSettings.NONE);
    all.put("crop and flip", cropAndFlip);
    all.put("crop, flip and Cutout", cropAndFlip.withCutout(16));
    all.put("crop, flip and AutoAugment", cropAndFlip.withAutoAugment(true));
    all.put(
        "crop, flip, AutoAugment, Cutout and Mixup",
        cropAndFlip
            .withAutoAugment(true)
            .withCutout(16)
            .withMixing(new MixingSettings(MixingMethod.MIXUP, 1, 1)));
    Shard shard = new SyntheticDataset(10, 1).shard(Split.TRAIN, EXAMPLES);
    all.forEach(
        (name, settings) ->
            System.out.printf("%s: %.1f µs an image%n", name, microseconds(shard, settings)));
  }

  private static double microseconds(Shard shard, AugmentationSettings settings) {
    List<Double> halves = List.of(.5, .5, .5);
    BatchAssembler assembler =
        BatchAssembler.of(shard.shape(), CenterCrop.NONE, 10, halves, halves, settings);
    float[] features = new float[BATCH * assembler.featuresPerExample()];
    float[] labels = new float[BATCH * assembler.classes()];
    int[] rows = IntStream.range(0, EXAMPLES).toArray();
    double best = Double.POSITIVE_INFINITY;
    for (int pass = 0; pass < PASSES; pass++) {
      long start = System.nanoTime();
      for (int step = 0; step < EXAMPLES / BATCH; step++) {
        assembler.fill(shard, rows, step * BATCH, BATCH, 1, pass, features, labels);
        assembler.mix(1, pass, 0, step, features, labels);
      }
      best = Math.min(best, (System.nanoTime() - start) / 1e3 / EXAMPLES);
    }
    return best;
  }
}
