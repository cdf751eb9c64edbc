package org.isonorm.network.kernel;

import java.util.Locale;

/**
 * The shape of a batch normalization over [batch, height, width, channels], each channel normalized
 * over all else.
 *
 * @param epsilon added to the variance
 * @param relu whether max(0, ·) follows in the same pass
 */
public record BatchNormalizationShape(
    long batch, int height, int width, int channels, double epsilon, boolean relu) {

  public BatchNormalizationShape {
    Checks.positive("batch", batch);
    Checks.positive("height", height);
    Checks.positive("width", width);
    Checks.positive("channels", channels);
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid epsilon: %s (must be > 0)", epsilon));
    }
  }

  /** The same without max(0, ·). */
  public BatchNormalizationShape withoutRelu() {
    return new BatchNormalizationShape(batch, height, width, channels, epsilon, false);
  }

  /** Number of values each channel is normalized over. */
  public long rows() {
    return batch * height * width;
  }

  public long length() {
    return rows() * channels;
  }
}
