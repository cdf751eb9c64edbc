package org.isonorm.init;

import java.util.Locale;

/**
 * Second moments of the patches that a convolution's kernel meets in images, about the mean 0: E[p
 * pᵀ] over every position of the kernel within the image, padding apart. Components are in the
 * order of a kernel's weights, [channel, row, column].
 *
 * <p>Sums of doubles, in the order images are added. Not for several threads.
 */
public final class PatchMoments {
  private final int channels;
  private final int kernelHeight;
  private final int kernelWidth;
  private final double[][] sums;
  private long patches;

  private PatchMoments(int channels, int kernelHeight, int kernelWidth) {
    this.channels = channels;
    this.kernelHeight = kernelHeight;
    this.kernelWidth = kernelWidth;
    int size = channels * kernelHeight * kernelWidth;
    this.sums = new double[size][size];
  }

  /** Of no patches yet, for the kernels of that shape. */
  public static PatchMoments none(WeightShape shape) {
    return new PatchMoments(shape.in() / shape.groups(), shape.height(), shape.width());
  }

  /**
   * Adds the patches of images.
   *
   * @param images [count, height, width, channels], row-major
   */
  public void add(float[] images, int height, int width) {
    int size = height * width * channels;
    if (height < kernelHeight || width < kernelWidth || images.length % size != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid images: %d values of %dx%dx%d (must be whole images no smaller than %dx%d)",
              images.length,
              height,
              width,
              channels,
              kernelHeight,
              kernelWidth));
    }
    double[] patch = new double[sums.length];
    for (int image = 0; image < images.length; image += size) {
      for (int row = 0; row + kernelHeight <= height; row++) {
        for (int column = 0; column + kernelWidth <= width; column++) {
          read(images, image + (row * width + column) * channels, width, patch);
          add(patch);
        }
      }
    }
  }

  private void read(float[] images, int from, int width, double[] patch) {
    int to = 0;
    for (int channel = 0; channel < channels; channel++) {
      for (int row = 0; row < kernelHeight; row++) {
        for (int column = 0; column < kernelWidth; column++) {
          patch[to++] = images[from + (row * width + column) * channels + channel];
        }
      }
    }
  }

  private void add(double[] patch) {
    patches++;
    for (int i = 0; i < patch.length; i++) {
      double[] sum = sums[i];
      double factor = patch[i];
      for (int j = 0; j <= i; j++) {
        sum[j] += factor * patch[j];
      }
    }
  }

  /**
   * The symmetric matrix.
   *
   * @throws IllegalStateException if no patches were added
   */
  double[][] matrix() {
    if (patches == 0) {
      throw new IllegalStateException("Cannot tell the moments of patches: none were added");
    }
    double[][] matrix = new double[sums.length][sums.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j <= i; j++) {
        matrix[i][j] = sums[i][j] / patches;
        matrix[j][i] = matrix[i][j];
      }
    }
    return matrix;
  }
}
