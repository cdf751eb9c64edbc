package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.Locale;

/**
 * Size of an image in pixels, and its channels; a stored image is row-major HWC, one unsigned byte
 * a value.
 */
public record ImageShape(int height, int width, int channels) implements Serializable {
  /** 32×32 RGB, the shape of CIFAR and of synthetic images. */
  public static final ImageShape CIFAR = new ImageShape(32, 32, 3);

  public ImageShape {
    if (height <= 0 || width <= 0 || channels <= 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image shape: %d×%d×%d (every size must be > 0)",
              height,
              width,
              channels));
    }
    if ((long) height * width > Integer.MAX_VALUE / channels) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image shape: %d×%d×%d (an image must be less than 2 GiB)",
              height,
              width,
              channels));
    }
  }

  /** Values of an image, which is also its stored bytes. */
  public int size() {
    return height * width * channels;
  }
}
