package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.random.RandomGenerator;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.Resampling;

/**
 * What is mixed in one batch: the outcome of its random draws. Example i is mixed with example
 * {@code partners[i]} of the same batch; partners are a permutation, which may leave some where
 * they are. Labels become distributions.
 *
 * <p>The partners' arrays are not to be written to.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a batch's draws, not a key
public sealed interface BatchMix extends Serializable {
  /**
   * Draws the mix of a worker's batch. It is a function of the arguments alone, so that a repeated
   * task mixes as before.
   *
   * @param examples how many the batch holds
   * @param epoch counted from 0
   * @param worker counted from 0
   * @param step of the batch in the worker's epoch, counted from 0
   */
  static BatchMix sample(
      MixingSettings settings,
      ImageShape shape,
      int examples,
      long seed,
      int epoch,
      int worker,
      int step) {
    RandomGenerator random =
        RandomStream.MIXING.generator(seed, epoch, ((long) worker << Integer.SIZE) | step);
    boolean wanted = random.nextDouble() < settings.probability();
    if (!wanted || settings.method() == MixingMethod.NONE) {
      return new Unmixed();
    }
    int[] partners = Permutation.sample(examples, random);
    return switch (settings.method()) {
      case NONE -> new Unmixed();
      case MIXUP -> new Mixup(BetaDistribution.sample(settings.alpha(), random), partners);
      case CUTMIX -> CutMix.sample(settings.alpha(), shape, partners, random);
      case RESIZEMIX -> ResizeMix.sample(shape, partners, random);
      case MANIFOLD_MIXUP -> {
        int layer = random.nextInt(ManifoldMixup.LAYERS);
        double lambda = BetaDistribution.sample(settings.alpha(), random);
        yield new ManifoldMixup(layer, lambda, partners);
      }
    };
  }

  /**
   * Mixes images and labels in place.
   *
   * @param classes floats a row of the labels
   * @param features normalized images, [examples, height, width, channels]
   * @param labels one-hot or distributions, [examples, classes]
   */
  void apply(ImageShape shape, int classes, float[] features, float[] labels);

  /** The batch stays as it is. */
  record Unmixed() implements BatchMix {
    @Override
    public void apply(ImageShape shape, int classes, float[] features, float[] labels) {}
  }

  /**
   * Mixup: x = λ x + (1 − λ) x', y = λ y + (1 − λ) y', one λ a batch.
   *
   * @param lambda share of an example's own image and label
   */
  record Mixup(double lambda, int[] partners) implements BatchMix {
    @Override
    public void apply(ImageShape shape, int classes, float[] features, float[] labels) {
      average(features, shape.size(), lambda, partners);
      average(labels, classes, lambda, partners);
    }
  }

  /**
   * CutMix: a box of the image is its partner's.
   *
   * @param box clipped at the image's borders
   * @param partners as above
   */
  record CutMix(Rectangle box, int[] partners) implements BatchMix {
    /** A box of the share 1 − λ of the image around a uniform centre, before it is clipped. */
    private static CutMix sample(
        double alpha, ImageShape shape, int[] partners, RandomGenerator random) {
      double side = Math.sqrt(1 - BetaDistribution.sample(alpha, random));
      int height = (int) (shape.height() * side);
      int width = (int) (shape.width() * side);
      int top = random.nextInt(shape.height()) - height / 2;
      int left = random.nextInt(shape.width()) - width / 2;
      return new CutMix(new Rectangle(top, left, height, width).within(shape), partners);
    }

    /** Share of an example's own label: of its own pixels, after clipping. */
    public double lambda(ImageShape shape) {
      return 1 - box.share(shape);
    }

    @Override
    public void apply(ImageShape shape, int classes, float[] features, float[] labels) {
      float[] whole = features.clone();
      for (int i = 0; i < partners.length; i++) {
        box.copy(whole, partners[i] * shape.size(), features, i * shape.size(), shape);
      }
      average(labels, classes, lambda(shape), partners);
    }
  }

  /**
   * ResizeMix: the partner is resized to the box and pasted there.
   *
   * @param scale τ, the box's share of each side before rounding down; the partner's label counts
   *     τ²
   * @param box wholly inside of the image
   * @param partners as above
   */
  record ResizeMix(double scale, Rectangle box, int[] partners) implements BatchMix {
    private static final double LEAST_SCALE = 0.1;
    private static final double GREATEST_SCALE = 0.8;

    private static ResizeMix sample(ImageShape shape, int[] partners, RandomGenerator random) {
      double scale = LEAST_SCALE + (GREATEST_SCALE - LEAST_SCALE) * random.nextDouble();
      int height = Math.max((int) (shape.height() * scale), 1);
      int width = Math.max((int) (shape.width() * scale), 1);
      int top = random.nextInt(shape.height() - height + 1);
      int left = random.nextInt(shape.width() - width + 1);
      return new ResizeMix(scale, new Rectangle(top, left, height, width), partners);
    }

    @Override
    public void apply(ImageShape shape, int classes, float[] features, float[] labels) {
      float[] whole = features.clone();
      Resampling resampling = Resampling.of(shape, box.height(), box.width());
      float[] scratch = new float[resampling.scratchSize()];
      float[] small = new float[resampling.shape().size()];
      int stride = box.width() * shape.channels();
      for (int i = 0; i < partners.length; i++) {
        resampling.resize(whole, partners[i] * shape.size(), scratch, small);
        for (int row = 0; row < box.height(); row++) {
          int start = i * shape.size() + box.rowOffset(row, shape);
          System.arraycopy(small, row * stride, features, start, stride);
        }
      }
      average(labels, classes, 1 - scale * scale, partners);
    }
  }

  /**
   * Manifold Mixup: x = λ x + (1 − λ) x' for the hidden states after a stage of the network, and
   * for the labels. {@link #apply} mixes the labels, and the images where they are the layer; the
   * hidden states are up to the network.
   *
   * @param layer whose output is mixed: 0 the images, 1 the first stage, 2 the second
   * @param lambda share of an example's own state and label
   * @param partners as above
   */
  record ManifoldMixup(int layer, double lambda, int[] partners) implements BatchMix {
    /** Number of layers, each as likely as the others. */
    public static final int LAYERS = 3;

    @Override
    public void apply(ImageShape shape, int classes, float[] features, float[] labels) {
      if (layer == 0) {
        average(features, shape.size(), lambda, partners);
      }
      average(labels, classes, lambda, partners);
    }
  }

  /** Averages every row with its partner's, in place. */
  private static void average(float[] values, int rowSize, double lambda, int[] partners) {
    float own = (float) lambda;
    float other = 1 - own;
    float[] before = values.clone();
    for (int i = 0; i < partners.length; i++) {
      int row = i * rowSize;
      int partner = partners[i] * rowSize;
      for (int k = 0; k < rowSize; k++) {
        values[row + k] = own * before[row + k] + other * before[partner + k];
      }
    }
  }
}
