package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.Shard;

/**
 * Fills batches from shards: augments, normalizes, and writes one-hot labels. Runs on executors in
 * the training loop; immutable and safe to share between threads.
 *
 * <p>A feature is (value/255 − mean)/std of its channel, looked up in a table of 256 entries a
 * channel. Crop fills with pixel values before normalizing; Cutout fills with 0 after it (paper
 * order: crop, flip, AutoAugment, normalize, Cutout and Random Erasing, mixing). A random resized
 * crop comes first, colour jitter before AutoAugment.
 */
public final class BatchAssembler implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int LEVELS = 256;

  /** Of the images in the shards. */
  private final ImageShape stored;

  /** Of what the network sees of them. */
  private final ImageShape shape;

  private final int classes;
  private final AugmentationSettings settings;

  /** Normalized value of each level; channel c from c × 256 on. */
  private final float[] normalized;

  private BatchAssembler(
      ImageShape stored,
      ImageShape shape,
      int classes,
      AugmentationSettings settings,
      float[] normalized) {
    this.stored = stored;
    this.shape = shape;
    this.classes = classes;
    this.settings = settings;
    this.normalized = normalized;
  }

  /**
   * An assembler for that data set, which normalizes with the statistics of its training split.
   *
   * @param crop what of an image the network sees
   * @throws IllegalArgumentException if the images are smaller than that, or AutoAugment or colour
   *     jitter is asked for and they are not RGB
   */
  public static BatchAssembler of(
      DatasetManifest manifest, CenterCrop crop, AugmentationSettings settings) {
    return of(
        manifest.shape(), crop, manifest.classes(), manifest.mean(), manifest.std(), settings);
  }

  /** As above, for images of that shape and those statistics, a value a channel. */
  public static BatchAssembler of(
      ImageShape stored,
      CenterCrop crop,
      int classes,
      List<Double> mean,
      List<Double> std,
      AugmentationSettings settings) {
    ImageShape shape = crop.of(stored);
    settings.check(shape);
    float[] normalized = new float[shape.channels() * LEVELS];
    for (int channel = 0; channel < shape.channels(); channel++) {
      for (int level = 0; level < LEVELS; level++) {
        normalized[channel * LEVELS + level] =
            (float) ((level / 255.0 - mean.get(channel)) / std.get(channel));
      }
    }
    return new BatchAssembler(stored, shape, classes, settings, normalized);
  }

  /** What the network sees of an image. */
  public ImageShape shape() {
    return shape;
  }

  /** Features of one example: floats a row of the features array. */
  public int featuresPerExample() {
    return shape.size();
  }

  /** Classes: floats a row of the labels array. */
  public int classes() {
    return classes;
  }

  /**
   * Fills a training batch with augmented examples, before any mixing. What an example gets is a
   * function of the seed, the epoch and the example's index alone: not of the batch, the worker or
   * the order.
   *
   * @param rows the shard's rows to take, in batch order
   * @param epoch counted from 0
   * @param features receives rows.length × {@link #featuresPerExample()} normalized values, NHWC;
   *     what lies beyond is untouched
   * @param labels receives rows.length × {@link #classes()} values, one-hot or smoothed
   */
  public void fill(
      Shard shard, int[] rows, long seed, int epoch, float[] features, float[] labels) {
    fill(shard, rows, 0, rows.length, seed, epoch, features, labels);
  }

  /**
   * Fills a training batch with the examples of {@code rows[from]} to {@code rows[from + count -
   * 1]}; else as above.
   */
  public void fill(
      Shard shard,
      int[] rows,
      int from,
      int count,
      long seed,
      int epoch,
      float[] features,
      float[] labels) {
    check(shard, count, features, labels);
    AutoAugment autoAugment = settings.autoAugment() ? new AutoAugment(shape) : null;
    ImageOperations jittering = settings.colorJitter().isOn() ? new ImageOperations(shape) : null;
    boolean changesColours = autoAugment != null || jittering != null;
    byte[] pixels = new byte[changesColours ? shape.size() : 0];
    for (int i = 0; i < count; i++) {
      int row = rows[from + i];
      long index = shard.indices()[row];
      int out = i * shape.size();
      byte[] images = shard.images();
      int image = row * stored.size();
      ImageShape source = stored;
      if (settings.randomResizedCrop().probability() > 0) {
        Rectangle window =
            settings
                .randomResizedCrop()
                .sample(
                    stored, shape, RandomStream.RANDOM_RESIZED_CROP.generator(seed, epoch, index));
        images = RandomResizedCrop.resized(images, image, stored, window, shape);
        image = 0;
        source = shape;
      }
      Augmentation drawn = Augmentation.of(settings, source, shape, seed, epoch, index);
      if (!changesColours) {
        fillImage(images, image, source, drawn, features, out);
      } else {
        drawn.cropAndFlip(images, image, source, shape, settings.cropFill(), pixels);
        if (jittering != null) {
          settings
              .colorJitter()
              .sample(RandomStream.COLOR_JITTER.generator(seed, epoch, index))
              .forEach(change -> change.apply(jittering, pixels));
        }
        if (autoAugment != null) {
          autoAugment.apply(pixels, RandomStream.AUTO_AUGMENT.generator(seed, epoch, index));
        }
        normalize(pixels, 0, features, out, shape.height() * shape.width());
      }
      drawn.cutout(features, out, shape);
      if (settings.randomErasing().probability() > 0) {
        settings
            .randomErasing()
            .sample(shape, RandomStream.RANDOM_ERASING.generator(seed, epoch, index))
            .blank(features, out, shape);
      }
    }
    fillLabels(shard, rows, from, count, settings.labelSmoothing(), labels);
  }

  /**
   * Mixes a filled training batch in place, images and labels.
   *
   * @param epoch counted from 0
   * @param worker counted from 0
   * @param step of the batch in the worker's epoch, counted from 0
   * @param features of the batch's examples and no others, as filled
   * @param labels likewise
   * @return what was mixed: a function of the settings, the number of examples and the numbers
   *     above alone
   */
  public BatchMix mix(
      long seed, int epoch, int worker, int step, float[] features, float[] labels) {
    int examples = labels.length / classes;
    BatchMix mix = BatchMix.sample(settings.mixing(), shape, examples, seed, epoch, worker, step);
    mix.apply(shape, classes, features, labels);
    return mix;
  }

  /**
   * Fills a batch for evaluation, without augmentation; else as {@link #fill(Shard, int[], long,
   * int, float[], float[])}.
   */
  public void fillForEvaluation(Shard shard, int[] rows, float[] features, float[] labels) {
    check(shard, rows.length, features, labels);
    for (int i = 0; i < rows.length; i++) {
      fillMiddle(shard.images(), rows[i] * stored.size(), features, i * shape.size());
    }
    fillLabels(shard, rows, 0, rows.length, 0, labels);
  }

  private void fillMiddle(byte[] images, int image, float[] features, int out) {
    fillImage(images, image, stored, Augmentation.middle(stored, shape), features, out);
  }

  /**
   * Crop, flip and normalization of one image in one pass.
   *
   * @param from shape of the image
   */
  private void fillImage(
      byte[] images, int image, ImageShape from, Augmentation drawn, float[] features, int out) {
    if (settings.cropFill() == CropFill.REFLECT) {
      normalizePixels(images, image, drawn.reflectedPixels(from, shape), features, out);
      return;
    }
    int channels = shape.channels();
    int width = shape.width();
    int firstColumn = Math.max(0, -drawn.shiftRight());
    int lastColumn = Math.min(width, from.width() - drawn.shiftRight());
    for (int row = 0; row < shape.height(); row++) {
      int fromRow = row + drawn.shiftDown();
      int outRow = out + row * width * channels;
      boolean inside = fromRow >= 0 && fromRow < from.height() && firstColumn < lastColumn;
      int first = inside ? firstColumn : width;
      int to = inside ? lastColumn : width;
      if (drawn.flipped()) {
        fillBlack(features, outRow, 0, width - to);
        int in = image + (fromRow * from.width() + to - 1 + drawn.shiftRight()) * channels;
        normalizeFlipped(images, in, features, outRow + (width - to) * channels, to - first);
        fillBlack(features, outRow, width - first, width);
      } else {
        fillBlack(features, outRow, 0, first);
        int in = image + (fromRow * from.width() + first + drawn.shiftRight()) * channels;
        normalize(images, in, features, outRow + first * channels, to - first);
        fillBlack(features, outRow, to, width);
      }
    }
  }

  /**
   * Normalizes what the network sees of one image, as it is.
   *
   * @param pixels row-major HWC, uint8, as large as stored ones
   * @param out where its first value goes
   */
  public void normalize(byte[] pixels, float[] features, int out) {
    fillMiddle(pixels, 0, features, out);
  }

  private void normalize(byte[] images, int in, float[] features, int out, int pixels) {
    float[] table = normalized;
    int channels = shape.channels();
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int channel = 0; channel < channels; channel++) {
        features[out + pixel * channels + channel] =
            table[channel * LEVELS + (images[in + pixel * channels + channel] & 0xff)];
      }
    }
  }

  /** Normalizes the pixels of an image in that order. */
  private void normalizePixels(byte[] images, int image, int[] pixels, float[] features, int out) {
    float[] table = normalized;
    int channels = shape.channels();
    for (int i = 0; i < pixels.length; i++) {
      int in = image + pixels[i] * channels;
      for (int channel = 0; channel < channels; channel++) {
        features[out + i * channels + channel] =
            table[channel * LEVELS + (images[in + channel] & 0xff)];
      }
    }
  }

  private void normalizeFlipped(byte[] images, int in, float[] features, int out, int pixels) {
    float[] table = normalized;
    int channels = shape.channels();
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int channel = 0; channel < channels; channel++) {
        features[out + pixel * channels + channel] =
            table[channel * LEVELS + (images[in - pixel * channels + channel] & 0xff)];
      }
    }
  }

  private void fillBlack(float[] features, int outRow, int fromColumn, int toColumn) {
    int channels = shape.channels();
    for (int column = fromColumn; column < toColumn; column++) {
      for (int channel = 0; channel < channels; channel++) {
        features[outRow + column * channels + channel] = normalized[channel * LEVELS];
      }
    }
  }

  private void fillLabels(
      Shard shard, int[] rows, int from, int count, double smoothing, float[] labels) {
    float each = (float) (smoothing / classes);
    float own = (float) (1 - smoothing + smoothing / classes);
    Arrays.fill(labels, 0, count * classes, each);
    for (int i = 0; i < count; i++) {
      labels[i * classes + shard.labels()[rows[from + i]]] = own;
    }
  }

  private void check(Shard shard, int count, float[] features, float[] labels) {
    if (!shard.shape().equals(stored)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid shard: its images are %s, expected %s", shard.shape(), stored));
    }
    if (features.length < count * shape.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid features array: %d floats (a batch of %d needs %d)",
              features.length,
              count,
              count * shape.size()));
    }
    if (labels.length < count * classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid labels array: %d floats (a batch of %d needs %d)",
              labels.length,
              count,
              count * classes));
    }
  }
}
